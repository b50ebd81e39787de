// SPDX-License-Identifier: GPL-2.0-or-later
/* What the verbs that change something share. */
#include <errno.h>
#include <unistd.h>

#include "change.h"

int check_root(const struct ctl *ctl)
{
	if (ctl->opt.dry_run || !geteuid())
		return CTL_DONE;
	complain("%s needs root: run it with sudo. Without root you can use list, show, "
		 "explain, and %s --dry-run.", ctl->verb->name, ctl->verb->name);
	return CTL_FAILED;
}

void run_plans(struct ctl *ctl, struct flavour_plan *const *plans, size_t count, unsigned int jobs)
{
	stop_hold(ctl);
	flavour_plans_run(plans, count, jobs, progress_wanted(ctl, count) ? progress_show : NULL,
			  NULL);
}

int change_result(const struct change_item *item)
{
	return item->skipped ? -ECANCELED : flavour_plan_result(item->plan);
}
