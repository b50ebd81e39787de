/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fake machine with one NIC, bound to mlx5_core, and plans for it. */
#ifndef TESTS_UNIT_PLANS_H
#define TESTS_UNIT_PLANS_H

#include "fake.h"

#define NIC "0000:01:00.0"

int plans_setup(void **state);
int plans_teardown(void **state);

struct flavour_plan *make_plan(struct fake *fake, enum flavour flavour, const char *driver,
			       unsigned int flags);

/* Makes one and runs it; its message has to contain @message, or to be empty if that is NULL. */
int run(struct fake *fake, enum flavour flavour, const char *driver, unsigned int flags,
	const char *message);

/* All that was written so far, a line each. */
void expect_log(struct fake *fake, const char *expected);

/* What the NIC has now; NULL for none. */
void expect_device(struct fake *fake, const char *driver, const char *override);

#endif
