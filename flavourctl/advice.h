/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FLAVOURCTL_ADVICE_H
#define FLAVOURCTL_ADVICE_H

#include "ctl.h"

struct advice {
	bool group;	/* --group would take some of what is in the way along */
	bool enough;	/* and nothing else is in the way */
};

struct advice advise(const struct flavour_plan *plan);

#endif
