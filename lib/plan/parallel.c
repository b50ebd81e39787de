// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs many plans in parallel. A bind sleeps most of the time (power states,
 * resets), so there are more threads than processors. Plans of one IOMMU group
 * run one after the other: taking a device from a VFIO driver claims the DMA
 * ownership of the group, which would make the others fail.
 */
#include <errno.h>

#include "plan/plan.h"

#define DEFAULT_THREADS 64

struct crew {
	pthread_mutex_t lock;
	struct flavour_plan *const *plans;
	size_t count;
	size_t next, done, failed;	/* lock */
	bool stopped;			/* lock */
	flavour_progress_fn progress;
	void *data;
};

static struct flavour_plan *take_plan(struct crew *crew)
{
	struct flavour_plan *plan = NULL;

	pthread_mutex_lock(&crew->lock);
	while (!plan && crew->next < crew->count) {
		plan = crew->plans[crew->next++];
		if (plan->is_next)
			plan = NULL;
	}
	pthread_mutex_unlock(&crew->lock);
	return plan;
}

/* Calls the caller's stop function for each plan, until it has returned true once. */
static bool may_begin(struct crew *crew, const struct flavour_plan *plan)
{
	bool stopped;

	pthread_mutex_lock(&crew->lock);
	crew->stopped = crew->stopped || ctx_stopped(plan->own->ctx);
	stopped = crew->stopped;
	pthread_mutex_unlock(&crew->lock);
	return !stopped;
}

static int leave(struct flavour_plan *plan)
{
	plan->ran = true;
	plan->result = fail(&plan->err, ECANCELED, "Not started: the operation was stopped. The "
			    "device is unchanged.");
	return plan->result;
}

static void run_one(struct crew *crew, struct flavour_plan *plan)
{
	int error = may_begin(crew, plan) ? plan_run_own(plan) : leave(plan);

	pthread_mutex_lock(&crew->lock);
	crew->failed += error != 0;
	crew->done++;
	if (crew->progress)
		crew->progress(plan, crew->done, crew->count, crew->data);
	pthread_mutex_unlock(&crew->lock);
}

static void *work(void *arg)
{
	struct crew *crew = arg;
	struct flavour_plan *plan;

	while ((plan = take_plan(crew)))
		for (; plan; plan = plan->next)
			run_one(crew, plan);
	return NULL;
}

/* Each plan is the next of the last one before it that is of its group. */
static void chain_groups(struct flavour_plan *const *plans, size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		int group = flavour_device_group(plans[i]->dev);

		plans[i]->next = NULL;
		plans[i]->is_next = false;
		for (j = i; group >= 0 && j > 0 && !plans[i]->is_next; j--) {
			if (flavour_device_group(plans[j - 1]->dev) != group)
				continue;
			plans[j - 1]->next = plans[i];
			plans[i]->is_next = true;
		}
	}
}

/* The caller's thread works, too: if no other can be created, it runs all plans. */
static void run_crew(struct crew *crew, unsigned int threads)
{
	pthread_t *ids = calloc(threads, sizeof(*ids));
	unsigned int i, started = 0;

	for (i = 1; ids && i < threads; i++)
		if (!pthread_create(&ids[started], NULL, work, crew))
			started++;
	work(crew);
	for (i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	free(ids);
}

API size_t flavour_plans_run(struct flavour_plan *const *plans, size_t count,
			     unsigned int threads, flavour_progress_fn progress, void *data)
{
	struct crew crew = {
		.plans = plans,
		.count = count,
		.progress = progress,
		.data = data,
	};
	size_t i;

	if (!threads)
		threads = DEFAULT_THREADS;
	if (threads > count)
		threads = count ? (unsigned int)count : 1;
	for (i = 0; i < count; i++)
		plan_start(plans[i]);
	chain_groups(plans, count);
	pthread_mutex_init(&crew.lock, NULL);
	run_crew(&crew, threads);
	pthread_mutex_destroy(&crew.lock);
	for (i = 0; i < count; i++)
		plan_refresh(plans[i]);
	return crew.failed;
}
