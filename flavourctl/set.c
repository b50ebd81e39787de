// SPDX-License-Identifier: GPL-2.0-or-later
/* set and reset: plan for each device, run the plans that can work, report. */
#include <stdlib.h>

#include "change.h"

static unsigned int plan_flags(const struct options *opt)
{
	return (opt->force ? FLAVOUR_PLAN_FORCE : 0) |
	       (opt->no_table ? FLAVOUR_PLAN_NO_TABLE : 0) |
	       (opt->best ? FLAVOUR_PLAN_BEST : 0) |
	       (opt->dry_run || opt->json ? 0 : FLAVOUR_PLAN_NO_STEPS);
}

static int make_plans(struct change *change)
{
	const struct options *opt = &change->ctl->opt;
	size_t i, count = flavour_devices_count(change->devices);

	change->items = calloc(count, sizeof(*change->items));
	if (!change->items)
		return complain_oom();
	for (i = 0; i < count; i++, change->count++)
		if (flavour_plan_new(flavour_devices_get(change->devices, i), change->flavour,
				     opt->driver, plan_flags(opt), change->devices,
				     &change->items[i].plan)) {
			complain_ctx(change->ctl);
			return CTL_USAGE;
		}
	return CTL_DONE;
}

static int item_group(const struct change_item *item)
{
	return flavour_device_group(flavour_plan_device(item->plan));
}

/* Half a group is of no use: one refusal stands for all of its members. */
static void skip_groups(struct change *change)
{
	struct change_item *items = change->items;
	size_t i, j;

	for (i = 0; i < change->count; i++)
		if (!items[i].skipped && flavour_plan_result(items[i].plan))
			for (j = 0; j < change->count; j++)
				items[j].skipped |= item_group(&items[j]) >= 0 &&
						    item_group(&items[i]) == item_group(&items[j]) &&
						    !flavour_plan_result(items[j].plan);
}

static int run_change(struct change *change, unsigned int jobs)
{
	struct flavour_plan **plans = calloc(change->count + 1, sizeof(*plans));
	size_t i, count = 0;

	if (!plans)
		return complain_oom();
	for (i = 0; i < change->count; i++)
		if (!change_result(&change->items[i]))
			plans[count++] = change->items[i].plan;
	run_plans(change->ctl, plans, count, jobs);
	free(plans);
	for (i = 0; change->ctl->opt.persist && i < change->count; i++)
		if (!change_result(&change->items[i]))
			change_persist(change, &change->items[i]);
	return CTL_DONE;
}

static int check_options(const struct change *change, unsigned int *jobs)
{
	const struct options *opt = &change->ctl->opt;

	if (opt->driver && change->flavour != FLAVOUR_VFIO) {
		complain("--driver names a VFIO driver, which goes with set vfio only.");
		return CTL_USAGE;
	}
	if (opt->best && (opt->driver || change->flavour != FLAVOUR_VFIO)) {
		complain("--best is for set vfio without --driver.");
		return CTL_USAGE;
	}
	if (opt->driver && opt->persist) {
		complain("The policy has flavours, not drivers: use --persist without "
			 "--driver, and pin the driver by an alias line in modprobe.d.");
		return CTL_USAGE;
	}
	if (opt->no_table && !opt->driver) {
		complain("--no-table goes with --driver only.");
		return CTL_USAGE;
	}
	return check_run_options(change->ctl, jobs);
}

static void free_change(struct change *change)
{
	size_t i;

	for (i = 0; i < change->count; i++) {
		flavour_plan_free(change->items[i].plan);
		free(change->items[i].persist_error);
	}
	free(change->items);
	flavour_devices_free(change->devices);
}

static int make_change(struct change *change, int argc, char **argv)
{
	struct ctl *ctl = change->ctl;
	unsigned int jobs = 0;
	int status = check_options(change, &jobs);

	if (!status)
		status = check_root(ctl);
	if (!status)
		status = ctl_select(ctl, argc, argv, &change->devices);
	if (!status && ctl->opt.group &&
	    flavour_devices_add_groups(change->devices, ctl->all) < 0)
		status = complain_ctx(ctl);
	if (!status)
		status = make_plans(change);
	if (!status && ctl->opt.group)
		skip_groups(change);
	if (!status && !ctl->opt.dry_run)
		status = run_change(change, jobs);
	if (!status)
		status = change_report(change);
	free_change(change);
	return status;
}

int verb_set(struct ctl *ctl, int argc, char **argv)
{
	struct change change = { .ctl = ctl, .flavour = flavour_from_name(argv[0]) };

	if (change.flavour == FLAVOUR_UNKNOWN) {
		complain("Unknown flavour \"%s\": use native, vfio or none.", argv[0]);
		return CTL_USAGE;
	}
	return make_change(&change, argc - 1, argv + 1);
}

int verb_reset(struct ctl *ctl, int argc, char **argv)
{
	struct change change = { .ctl = ctl, .flavour = FLAVOUR_NATIVE, .forget = true };

	return make_change(&change, argc, argv);
}
