/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An explanation is made as JSON, and told from that. */
#ifndef FLAVOURCTL_EXPLAIN_H
#define FLAVOURCTL_EXPLAIN_H

#include "table.h"

void explain_text(struct json_object *explained);

#endif
