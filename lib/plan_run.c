// SPDX-License-Identifier: LGPL-2.1-or-later
/* Runs a plan: through the kernel module, or on the compat path. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"

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

int plan_write(struct flavour_plan *plan, const char *path, const char *text)
{
	struct io *io = &plan->own->ctx->io;

	return path ? io->write(io->data, path, text) : -ENOMEM;
}

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

static int verify_kernel(struct flavour_plan *plan)
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

static int kernel_run(struct flavour_plan *plan)
{
	AUTOFREE char *path = device_attr_path(plan->own, "driver_flavour");
	int error = plan_write_held(plan, path, flavour_name(plan->flavour));

	/*
	 * The kernel module reports that the device is in use, but not which
	 * process uses it.
	 */
	if (error == -EBUSY && plan_check_uses(plan))
		return error;
	return error ? explain(plan, error) : verify_kernel(plan);
}

static int check_permission(struct flavour_plan *plan)
{
	const char *attr = plan_uses_kernel(plan) ? "driver_flavour" : "driver_override";
	AUTOFREE char *path = device_attr_path(plan->own, attr);

	if (!path || !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS))
		return 0;
	return fail(&plan->err, errno, errno == ENOENT ? "%s does not exist: %s. Was the device "
		    "unplugged, or the kernel module unloaded?" :
		    "%s can't be written: %s. Changing a device's driver needs root.", path,
		    strerror(errno));
}

static bool is_loaded(const struct flavour_plan *plan)
{
	return !plan->wanted && candidates_usable(plan->candidates) &&
	       module_is_live(plan->candidates->v[0]->module);
}

/*
 * A loader takes its time, in which a disk may be mounted. So what will be loaded is
 * loaded before the last look, for the kernel module too, which has a loader of its
 * own if this one fails. From that look on the disks are held.
 */
static int get_ready(struct flavour_plan *plan)
{
	int error = 0;

	if (plan->flavour == FLAVOUR_VFIO && plan->former && !is_loaded(plan)) {
		error = compat_load(plan);
		if (!error || plan_uses_kernel(plan))
			error = plan_check_uses(plan);
	}
	return error ? error : plan_hold(plan);
}

static int run(struct flavour_plan *plan)
{
	int error = plan_check(plan);

	if (error || plan->noop)
		return error;
	error = check_permission(plan);
	if (!error)
		error = get_ready(plan);
	if (!error)
		error = plan_uses_kernel(plan) ? kernel_run(plan) : compat_run(plan);
	plan_let_go(plan);
	return error;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int plan_run_own(struct flavour_plan *plan)
{
	uint64_t start = now_ns();
	const char *driver;

	if (plan->ran)
		return -EALREADY;
	plan->ran = true;
	plan->result = run(plan);
	flavour_device_refresh(plan->own);
	driver = flavour_device_driver(plan->own);
	plan->driver = driver ? strdup(driver) : NULL;
	plan->duration = now_ns() - start;
	return plan->result;
}

API int flavour_plan_run(struct flavour_plan *plan)
{
	int error = plan_run_own(plan);

	flavour_device_refresh(plan->dev);
	return error;
}
