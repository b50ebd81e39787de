// SPDX-License-Identifier: LGPL-2.1-or-later
/* A plan, and what there is to say of it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"

/*
 * The kernel module chooses the driver itself. A driver that the caller names is
 * bound through driver_override instead. So is the return to native from a VFIO
 * driver whose table does not list the device: for the kernel module such a
 * device is already native.
 */
bool plan_uses_kernel(const struct flavour_plan *plan)
{
	/* For the kernel module, a device with any VFIO driver already has the flavour vfio. */
	if (plan->flags & FLAVOUR_PLAN_BEST && device_has_vfio_driver(plan->own))
		return false;
	if (plan->wanted || flavour_ctx_backend(plan->own->ctx) != FLAVOUR_BACKEND_KERNEL)
		return false;
	return plan->flavour != FLAVOUR_NATIVE || !device_has_vfio_driver(plan->own) ||
	       flavour_device_flavour(plan->own) != FLAVOUR_NATIVE;
}

/* Takes the text over. */
void plan_add_step(struct flavour_plan *plan, char *step)
{
	/* If memory is short, only the displayed steps are incomplete. */
	strv_take(&plan->steps, step);
}

struct attr_write {
	const struct io *io;
	const char *path, *text;
};

static int write_now(void *data)
{
	const struct attr_write *what = data;

	return what->io->write(what->io->data, what->path, what->text);
}

int plan_write(struct flavour_plan *plan, const char *path, const char *text)
{
	struct flavour_ctx *ctx = plan->own->ctx;
	struct attr_write attr = { &ctx->io, path, text };
	AUTOFREE char *what = format("write \"%.*s\" to %s", (int)strcspn(text, "\n"), text,
				     path ? path : "?");
	int error = path && what ? limit_call(&plan->limit, what, write_now, &attr) : -ENOMEM;

	ctx_log(ctx, error, "%s", what ? what : "write to sysfs");
	return error;
}

bool plan_leaves_vfio(const struct flavour_plan *plan)
{
	return plan->former && device_has_vfio_driver(plan->own);
}

bool plan_noiommu_enabled(const struct flavour_plan *plan)
{
	AUTOFREE char *path = ctx_path(plan->own->ctx, FLAVOUR_ROOT_SYSFS,
				       "module/vfio/parameters/enable_unsafe_noiommu_mode");
	AUTOFREE char *value = read_attr(path);

	return value && (*value == 'Y' || *value == '1');
}

void plan_let_go(struct flavour_plan *plan)
{
	while (plan->hold_count)
		close(plan->holds[--plan->hold_count]);
	free(plan->holds);
	plan->holds = NULL;
}

API void flavour_plan_free(struct flavour_plan *plan)
{
	if (!plan)
		return;
	flavour_device_unref(plan->dev);
	flavour_device_unref(plan->own);
	flavour_candidates_free(plan->candidates);
	flavour_uses_free(plan->uses);
	strv_clear(&plan->steps);
	plan_let_go(plan);
	free(plan->wanted);
	free(plan->former);
	free(plan->former_override);
	free(plan->driver);
	free(plan->limit.what);
	free(plan);
}

API void flavour_plan_set_timeout(struct flavour_plan *plan, unsigned int ms)
{
	plan->timeout = ms;
}

API struct flavour_device *flavour_plan_device(const struct flavour_plan *plan)
{
	return plan->dev;
}

API enum flavour flavour_plan_flavour(const struct flavour_plan *plan)
{
	return plan->flavour;
}

API int flavour_plan_result(const struct flavour_plan *plan)
{
	return plan->result;
}

API const char *flavour_plan_message(const struct flavour_plan *plan)
{
	return plan->result ? plan->err.text : "";
}

API const struct flavour_rule *flavour_plan_rule(const struct flavour_plan *plan)
{
	return plan->rule;
}

API bool flavour_plan_noop(const struct flavour_plan *plan)
{
	return plan->noop;
}

API const struct flavour_uses *flavour_plan_uses(const struct flavour_plan *plan)
{
	static const struct flavour_uses none;

	return plan->uses ? plan->uses : &none;
}

API size_t flavour_plan_step_count(const struct flavour_plan *plan)
{
	return plan->steps.count;
}

API const char *flavour_plan_step(const struct flavour_plan *plan, size_t index)
{
	return strv_get(&plan->steps, index);
}

API const char *flavour_plan_former_driver(const struct flavour_plan *plan)
{
	return plan->former;
}

API const char *flavour_plan_driver(const struct flavour_plan *plan)
{
	return plan->driver;
}

API uint64_t flavour_plan_duration(const struct flavour_plan *plan)
{
	return plan->duration;
}
