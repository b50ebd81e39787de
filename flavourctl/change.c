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

int check_run_options(struct ctl *ctl, unsigned int *jobs)
{
	int status = option_number("jobs", ctl->opt.jobs, 1024, jobs);

	return status ? status : option_number("timeout", ctl->opt.timeout, 86400, &ctl->timeout);
}

void run_plans(struct ctl *ctl, struct flavour_plan *const *plans, size_t count, unsigned int jobs)
{
	size_t i;

	for (i = 0; i < count; i++)
		flavour_plan_set_timeout(plans[i], ctl->timeout * 1000);
	stop_hold(ctl);
	flavour_plans_run(plans, count, jobs, progress_wanted(ctl, count) ? progress_show : NULL,
			  NULL);
}

int change_result(const struct change_item *item)
{
	return item->skipped ? -ECANCELED : flavour_plan_result(item->plan);
}
