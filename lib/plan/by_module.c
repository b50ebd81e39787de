// SPDX-License-Identifier: LGPL-2.1-or-later
/* By the kernel module: one write to driver_flavour, and a look at what came of it. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

static int explain(struct flavour_plan *plan, int error)
{
	const char *address = plan->own->address;
	const char *word = flavour_name(plan->flavour);

	switch (error) {
	case -EINVAL:
		return fail(&plan->err, EINVAL, "%s: the kernel module does not know the word "
			    "\"%s\", or the driver refused the device. See the kernel log; "
			    "VFIO needs the IOMMU on.", address, word);
	case -EOPNOTSUPP:
		return fail(&plan->err, EOPNOTSUPP, "%s is a bridge: it keeps its driver. Give "
			    "the devices below it the flavour.", address);
	case -EBUSY:
		return fail(&plan->err, EBUSY, "%s has VFs, or user space owns its IOMMU group. "
			    "Disable the VFs, or end the program (a guest, DPDK) that has the "
			    "group open.", address);
	case -ENODEV:
		return fail(&plan->err, ENODEV, "%s: no driver with a VFIO entry for it could be "
			    "loaded, or the device is gone. Install the module, or look at "
			    "blacklist lines in modprobe.d.", address);
	case -EINTR:
		return fail(&plan->err, EINTR, "%s: interrupted while the module was being "
			    "loaded. Nothing was changed; try again.", address);
	case -ETIMEDOUT:
		return fail(&plan->err, ETIMEDOUT, "%s: the loader did not end in time, and no "
			    "candidate is loaded. Load the module by hand, or look at what "
			    "/sys/module/driver_flavour/parameters/loader names.", address);
	default:
		return fail(&plan->err, -error, "%s: the driver's probe failed: %s. The device "
			    "has its former driver; the kernel log may say more.", address,
			    strerror(-error));
	}
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
	int error = plan_write_held(plan, path, flavour_name(plan->flavour));

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
