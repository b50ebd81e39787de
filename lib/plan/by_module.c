// SPDX-License-Identifier: LGPL-2.1-or-later
/* By the kernel module: one write to driver_flavour, and a look at what came of it. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

/* What follows the device's address. */
static const struct {
	int error;
	const char *text;
} reasons[] = {
	{ EINVAL, ": the kernel module does not know this flavour, or the driver refused the "
	  "device. See the kernel log; VFIO needs the IOMMU on." },
	{ EOPNOTSUPP, " is a bridge: it keeps its driver. Give the devices below it the flavour." },
	{ EBUSY, " has VFs, or user space owns its IOMMU group. Disable the VFs, or end the "
	  "program (a guest, DPDK) that has the group open." },
	{ ENODEV, ": no driver with a VFIO entry for it could be loaded, or the device is gone. "
	  "Install the module, or look at blacklist lines in modprobe.d." },
	{ EPERM, ": a module would have to be loaded, which needs CAP_SYS_MODULE. Nothing was "
	  "changed; try again as root outside of any container." },
	{ EINTR, ": interrupted while the module was being loaded. Nothing was changed; try "
	  "again." },
	{ EINPROGRESS, ": a driver has not returned from its probe or remove yet. When it does, "
	  "the kernel module goes on with the change. The kernel log may say more; end what "
	  "uses the device, and look again." },
	{ ETIME, ": the time was over before the kernel module began to change it. Nothing was "
	  "changed." },
	{ ETIMEDOUT, ": the loader did not end in time, and no candidate is loaded. Load the "
	  "module by hand, or look at what /sys/module/driver_flavour/parameters/loader "
	  "names." },
	{ ENOTRECOVERABLE, ": a driver's probe failed, and so did the former driver's when the "
	  "device was put back: it has no driver now. See the kernel log, and try again." },
};

static int explain(struct flavour_plan *plan, int error)
{
	AUTOFREE char *kept_out = error == -ENODEV ? modules_kept_out(plan->own->ctx) : NULL;
	const char *driver;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].error == -error)
			return fail(&plan->err, -error, "%s%s%s%s", plan->own->address,
				    reasons[i].text, kept_out ? " " : "",
				    kept_out ? kept_out : "");
	flavour_device_refresh(plan->own);
	driver = flavour_device_driver(plan->own);
	return fail(&plan->err, -error, "%s: the driver's probe failed: %s. It has %s%s now; the "
		    "kernel log may say more.", plan->own->address, strerror(-error),
		    driver ? "the driver " : "no driver", driver ? driver : "");
}

static int verify(struct flavour_plan *plan)
{
	struct flavour_device *dev = plan->own;
	enum flavour now;

	flavour_device_refresh(dev);
	now = flavour_device_flavour(dev);
	if (now == plan->flavour &&
	    (now == FLAVOUR_NATIVE || !flavour_device_driver(dev) == (now == FLAVOUR_NONE)))
		return 0;
	return fail(&plan->err, EIO, "%s should be %s now, but is %s with %s%s. Something else "
		    "may have changed it; try again.", dev->address, flavour_name(plan->flavour),
		    flavour_name(now), flavour_device_driver(dev) ? "the driver " : "no driver",
		    flavour_device_driver(dev) ? flavour_device_driver(dev) : "");
}

static int run(struct flavour_plan *plan)
{
	AUTOFREE char *path = device_attr_path(plan->own, "driver_flavour");
	int error;

	plan->limit.wakes = true;
	error = plan_write_held(plan, path, flavour_name(plan->flavour));
	/*
	 * The kernel module reports that the device is in use, but not which
	 * process uses it.
	 */
	if (error == -EBUSY && plan_check_uses(plan))
		return error;
	return error ? explain(plan, error) : verify(plan);
}

static void add_steps(struct flavour_plan *plan)
{
	plan_add_step(plan, format("write %s to driver_flavour of %s",
				   flavour_name(plan->flavour), plan->own->address));
}

const struct plan_way by_module = {
	.attr = "driver_flavour",
	.add_steps = add_steps,
	.run = run,
};
