// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes the flavour of a device, and puts the device back on failure.
 *
 * All of this runs in the device's work item (request.c), so there is one change
 * at a time. Nothing of the device is changed before detach(); after it,
 * put_back() restores the former state.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bus.h"
#include "candidate.h"
#include "change.h"
#include "device.h"
#include "group.h"
#include "loader.h"
#include "request.h"
#include "say.h"
#include "trace.h"
#include "watchdog.h"

/* How long a variant may come after the generic driver: see await_driver(). */
#define SETTLE (3 * HZ)

/* How often to look again for what nobody reports. */
#define POLL max(HZ / 100, 1)

/**
 * struct change - a change of flavour under way
 * @req: what asks for it
 * @fdev: the device
 * @former: the driver it had, its module held; NULL if none
 * @override: the override it had; NULL if none
 * @ours: that is what we wrote
 * @turn: its turn in its IOMMU group
 * @dog: watches the drivers
 */
struct change {
	struct request *req;
	struct flavour_device *fdev;
	struct device_driver *former;
	char *override;
	bool ours;
	struct group_turn turn;
	struct watchdog dog;
};

/*
 * Should the change stop waiting? A request without a writer is postponed while
 * user space is frozen; a writer is frozen itself, and has left.
 */
static enum loader_stop stopped(const void *data)
{
	const struct request *req = data;

	if (flavour_device_stopped(req->fdev) || (req->pending && flavour_device_suspended()))
		return LOADER_STOP;
	/* Pairs with request_leave(), for @restarts. */
	if (!smp_load_acquire(&req->left))
		return LOADER_GO_ON;
	return READ_ONCE(req->restarts) ? LOADER_STOP_BUT_LINGER : LOADER_STOP;
}

static bool given_up(const void *data)
{
	return stopped(data) != LOADER_GO_ON;
}

/* The rank of the best candidate; RANK_NONE without one. */
static unsigned int best_rank(struct flavour_device *fdev, enum flavour flavour)
{
	unsigned int best = RANK_NONE;
	LIST_HEAD(candidates);

	flavour_candidates_rank(fdev->dev, flavour, &candidates);
	if (!list_empty(&candidates))
		best = list_first_entry(&candidates, struct candidate, list)->rank.value;
	flavour_candidates_put(&candidates);
	return best;
}

/*
 * With the loader turned off, udev or another listener loads drivers when it gets
 * the uevent. It does not report when it has finished, and modprobe loads the
 * generic driver first: wait a little longer for a variant.
 */
static int await_driver(struct request *req, const char *alias)
{
	long left = flavour_loader_limit(), step, ret;
	unsigned int seen, best;
	bool generic;

	flavour_uevent(req->fdev->dev, FLAVOUR_VFIO, "DRIVER_FLAVOUR_ALIAS", alias);
	for (;;) {
		seen = flavour_loader_arrivals();
		best = best_rank(req->fdev, FLAVOUR_VFIO);
		generic = rank_is_generic(best);
		if (best != RANK_NONE && !generic)
			return 0;
		step = generic ? min_t(long, left, SETTLE) : left;
		ret = flavour_loader_wait_arrival(seen, step, stopped, req);
		if (ret < 0)
			return ret;
		if (!ret)
			return generic ? 0 : -ETIMEDOUT;
		left -= step - ret;
	}
}

/* Returns 0 when it is time to look again, or an error if that is of no use any more. */
static int look_again(struct request *req, long *left)
{
	if (given_up(req))
		return -ENODEV;
	if (*left <= 0)
		return -EAGAIN;
	schedule_timeout_idle(POLL);
	*left -= POLL;
	return 0;
}

/*
 * No program can be run for a moment before user space is frozen, and after it was
 * thawed.
 */
static int run_loader(struct request *req, const char *alias, bool next)
{
	long left = flavour_loader_limit();
	int ret;

	do {
		ret = flavour_loader_run(alias, next, stopped, req);
	} while (ret == -EAGAIN && !look_again(req, &left));
	return ret;
}

static int load(struct request *req, enum flavour want, bool next)
{
	struct flavour_device *fdev = req->fdev;
	char *alias;
	int ret;

	if (!req->may_load)
		return -EPERM;
	alias = fdev->bus->alias(fdev->dev, want);
	if (!alias)
		return -ENOMEM;
	if (flavour_loader_is_off())
		ret = want == FLAVOUR_VFIO && !next ? await_driver(req, alias) : 0;
	else
		ret = run_loader(req, alias, next);
	kfree(alias);
	return ret;
}

/*
 * A device's file is there before its bus has finished with adding it: the resources that
 * a driver needs may be missing. No driver may bind it until then, and nobody is told when.
 */
static int await_added(struct request *req)
{
	struct flavour_device *fdev = req->fdev;
	long left = flavour_loader_limit();
	int ret = 0;

	while (!ret && !fdev->bus->added(fdev->dev))
		ret = look_again(req, &left);
	return ret;
}

/* The module of a driver can't be held while its init runs: wait until that has ended. */
static int await_module(struct request *req)
{
	long left = flavour_loader_limit();
	struct device_driver *drv;
	unsigned int seen;

	for (;;) {
		seen = flavour_loader_arrivals();
		drv = flavour_driver_get_bound(req->fdev->dev);
		if (!IS_ERR(drv))
			break;
		left = flavour_loader_wait_arrival(seen, left, stopped, req);
		if (left <= 0)
			return left ?: -EAGAIN;
	}
	flavour_driver_put(drv);
	return 0;
}

static void change_end(struct change *ch)
{
	flavour_watchdog_stop(&ch->dog);
	flavour_group_leave(&ch->turn);
	flavour_driver_put(ch->former);
	kfree(ch->override);
}

/* Get the former driver, with its module held; fails if the driver can't be unbound. */
static int get_former(struct change *ch)
{
	struct device_driver *drv;

	flavour_watchdog_await_probe(ch->fdev);
	drv = flavour_driver_get_bound(ch->fdev->dev);
	if (IS_ERR(drv))
		return PTR_ERR(drv);
	ch->former = drv;
	if (!drv || !drv->suppress_bind_attrs)
		return 0;
	say(dev_info, ch->fdev->dev, "driver %s can't be unbound\n", drv->name);
	return -EOPNOTSUPP;
}

static int change_begin(struct change *ch, struct request *req)
{
	struct flavour_device *fdev = req->fdev;
	int ret;

	*ch = (struct change){ .req = req, .fdev = fdev };
	ret = await_module(req);
	if (!ret)
		ret = flavour_group_enter(&ch->turn, fdev->dev, flavour_watchdog_limit(),
					  given_up, req);
	if (ret)
		return ret;
	/*
	 * flavour_group_removing() marks only turns that exist. If the device
	 * left its group before our turn, only this check finds it.
	 */
	ret = flavour_device_stopped(fdev) ? -ENODEV : get_former(ch);
	flavour_watchdog_start(&ch->dog, fdev);
	if (!ret && ch->former && !fdev->bus->kernel_dma(ch->former))
		ret = flavour_group_own(&ch->turn);
	/*
	 * Not before flavour_group_own(): before 6.12.91 this takes the device
	 * lock, which a VFIO driver's unbind holds while it waits for user space.
	 */
	if (!ret)
		ret = fdev->bus->override_dup(fdev->dev, &ch->override);
	ch->ours = flavour_device_wrote(fdev, ch->override);
	if (ret)
		change_end(ch);
	return ret;
}

/*
 * Set the override before the unbind: otherwise another driver could bind the
 * device in between.
 */
static int detach(struct change *ch, const char *override)
{
	int ret = flavour_request_touch(ch->req);

	if (!ret)
		ret = flavour_device_override(ch->fdev, override, true);
	flavour_watchdog_removing(&ch->dog);
	if (!ret)
		ret = ch->fdev->bus->unbind(ch->fdev->dev);
	flavour_watchdog_removed(&ch->dog);
	flavour_group_disown(&ch->turn);
	return ret;
}

static int attach(struct flavour_device *fdev, struct device_driver *drv)
{
	int ret = device_driver_attach(drv, fdev->dev);

	/* A concurrent bind, by drivers_probe or the bind file, has bound the same driver. */
	if (ret == -EBUSY && READ_ONCE(fdev->dev->driver) == drv &&
	    flavour_driver_is_bound(fdev->dev))
		ret = 0;
	trace_flavour_bind(fdev->dev, drv->name, ret);
	return ret;
}

/*
 * The former driver may have been bound before the override named another:
 * it gets an override of its own until it is bound again.
 */
static int attach_former(struct change *ch)
{
	struct flavour_device *fdev = ch->fdev;
	int ret;

	if (!ch->former || READ_ONCE(fdev->dev->driver) == ch->former)
		return 0;
	ret = flavour_device_override(fdev, ch->former->name, false);
	return ret ?: attach(fdev, ch->former);
}

/*
 * Returns the error for the writer: @why, or -ENOTRECOVERABLE if the device is
 * not as it was.
 */
static int put_back(struct change *ch, int why)
{
	const char *name = ch->former ? ch->former->name : "none";
	struct flavour_device *fdev = ch->fdev;
	int ret = attach_former(ch), err;

	err = flavour_device_override(fdev, ch->override, ch->ours);
	ret = ret ?: err;
	trace_flavour_put_back(fdev->dev, name, ret);
	if (!ret || flavour_device_stopped(fdev))
		return why;
	dev_err(fdev->dev, "driver %s could not be put back: %pe\n", name, ERR_PTR(ret));
	flavour_uevent(fdev->dev, fdev->flavour, "DRIVER_FLAVOUR_ERROR", "-ENOTRECOVERABLE");
	return -ENOTRECOVERABLE;
}

static bool steps_back(int ret)
{
	return ret == -ENODEV || ret == -ENXIO;
}

static int bind_best(struct change *ch, struct list_head *candidates)
{
	struct flavour_device *fdev = ch->fdev;
	struct candidate *c;
	int ret = -ENODEV;

	list_for_each_entry(c, candidates, list) {
		ret = flavour_device_override(fdev, c->drv->name, true);
		if (!ret)
			ret = attach(fdev, c->drv);
		if (!steps_back(ret))
			break;
	}
	return ret;
}

/*
 * The whole of it: from the former driver, to the @override that keeps others away
 * and to what @bind makes of the device, or back.
 */
static int change(struct request *req, const char *override,
		  int (*bind)(struct change *ch, struct list_head *candidates),
		  struct list_head *candidates)
{
	struct change ch;
	int ret = change_begin(&ch, req);

	if (ret)
		return ret;
	ret = detach(&ch, override);
	if (!ret) {
		ret = bind(&ch, candidates);
		if (ret && candidates)
			say(dev_info, req->fdev->dev, "no VFIO driver bound it (%pe): put back\n",
			    ERR_PTR(ret));
	}
	if (ret)
		ret = put_back(&ch, ret);
	/* As it was: a signal may end the write. Otherwise its writer is told what came of it. */
	if (ret && ret != -ENOTRECOVERABLE)
		flavour_request_let_go(req);
	change_end(&ch);
	return ret;
}

static int claim_from(struct request *req, struct list_head *candidates)
{
	struct candidate *best = list_first_entry(candidates, struct candidate, list);

	return change(req, best->drv->name, bind_best, candidates);
}

/* Who may bind it, those in @tried aside. None is an error only after a timeout. */
static int find_candidates(struct request *req, bool ask, const struct list_head *tried,
			   struct list_head *candidates)
{
	int loaded = ask ? load(req, FLAVOUR_VFIO, !list_empty(tried)) : 0, ret;
	struct flavour_device *fdev = req->fdev;

	if (loaded && loaded != -ETIMEDOUT)
		return loaded;
	/* The device may have changed while the loader ran: check again. */
	ret = fdev->bus->refuse(fdev->dev, FLAVOUR_VFIO);
	if (!ret)
		ret = flavour_candidates_rank(fdev->dev, FLAVOUR_VFIO, candidates);
	if (ret)
		return ret;
	flavour_candidates_drop(candidates, tried);
	if (!list_empty(candidates))
		return 0;
	if (list_empty(tried))
		say(dev_info, fdev->dev,
		    "no driver lists this device for VFIO: is its module installed?\n");
	return loaded;
}

static bool has_generic(struct list_head *candidates)
{
	return rank_is_generic(list_last_entry(candidates, struct candidate, list)->rank.value);
}

/**
 * flavour_claim - bind a device to the best driver that lists it for VFIO
 * @req: the request that is under way
 * @ask: run the loader first; and again when all drivers step back, as it may
 *	load them one by one
 *
 * On failure the device, its driver and its override are as before.
 *
 * Return: 0 with a driver bound, or a negative errno as flavour_set().
 */
int flavour_claim(struct request *req, bool ask)
{
	LIST_HEAD(candidates);
	LIST_HEAD(tried);
	int ret = -ENODEV, err;
	bool more;

	do {
		err = find_candidates(req, ask, &tried, &candidates);
		if (err || list_empty(&candidates))
			break;
		ret = claim_from(req, &candidates);
		more = ask && steps_back(ret) && !has_generic(&candidates) && !given_up(req);
		list_splice_init(&candidates, &tried);
	} while (more);
	flavour_candidates_put(&tried);
	return err ?: ret;
}

static int set_vfio(struct request *req)
{
	return flavour_claim(req, true);
}

/*
 * A native driver that refuses the device is no error, as in the kernel's own
 * matching. But a VFIO driver is not native, even if it matches by new_id, or was
 * bound by hand in the meantime.
 */
static int bind_native(struct change *ch, struct list_head *unused)
{
	struct device *dev = ch->fdev->dev;
	struct candidate *c;
	LIST_HEAD(natives);
	int ret = flavour_candidates_native(dev, &natives), err;
	enum flavour bound;

	list_for_each_entry(c, &natives, list) {
		if (flavour_bus_lists(dev, c->drv, FLAVOUR_VFIO))
			continue;
		err = attach(ch->fdev, c->drv);
		if (!err || flavour_driver_is_bound(dev)) {
			ret = 0;
			break;
		}
		if (!steps_back(err))
			ret = err;
	}
	flavour_candidates_put(&natives);
	if (flavour_driver_flavour(dev, &bound) && bound != FLAVOUR_NATIVE)
		ret = -EBUSY;
	return ret;
}

/* Is its driver one that the kernel's own matching would bind? */
static bool natively_bound(struct flavour_device *fdev)
{
	struct device_driver *drv = flavour_driver_get_bound(fdev->dev);
	bool is = !IS_ERR_OR_NULL(drv) && flavour_bus_lists(fdev->dev, drv, FLAVOUR_NATIVE);

	flavour_driver_put(drv);
	return is;
}

static int set_native(struct request *req)
{
	struct flavour_device *fdev = req->fdev;
	int ret = 0;

	if (!natively_bound(fdev) && best_rank(fdev, FLAVOUR_NATIVE) == RANK_NONE)
		ret = load(req, FLAVOUR_NATIVE, false);
	/*
	 * The right driver is bound, and only an override has to be cleared:
	 * don't unbind the driver.
	 */
	if (natively_bound(fdev))
		return flavour_request_touch(req) ?: flavour_device_override(fdev, NULL, true);
	if (ret && ret != -ETIMEDOUT)
		return ret;
	ret = fdev->bus->refuse(fdev->dev, FLAVOUR_NATIVE);
	return ret ?: change(req, NULL, bind_native, NULL);
}

static int bind_none(struct change *ch, struct list_head *unused)
{
	return flavour_driver_is_bound(ch->fdev->dev) ? -EBUSY : 0;
}

static int set_none(struct request *req)
{
	return change(req, flavour_words[FLAVOUR_NONE], bind_none, NULL);
}

/* Is the flavour in force, with nothing left to do for it? */
static bool settled(struct flavour_device *fdev, enum flavour want)
{
	if (want == FLAVOUR_NATIVE)
		return natively_bound(fdev) && !fdev->bus->overridden(fdev->dev);
	return fdev->flavour == want &&
		flavour_driver_is_bound(fdev->dev) == (want == FLAVOUR_VFIO);
}

/**
 * flavour_change - change a device's flavour
 * @req: what is asked for; called in the device's work item
 *
 * Return: as flavour_set(). A request whose writer has left ends with an
 * error before the device is changed, or is completed.
 */
int flavour_change(struct request *req)
{
	static int (* const set[FLAVOUR_COUNT])(struct request *) = {
		[FLAVOUR_NATIVE] = set_native,
		[FLAVOUR_VFIO]   = set_vfio,
		[FLAVOUR_NONE]   = set_none,
	};
	struct flavour_device *fdev = req->fdev;
	enum flavour from = fdev->flavour;
	bool had_driver = flavour_driver_is_bound(fdev->dev);
	int ret = 0;

	/* If it leaves the bus after this check, its entry is marked as gone. */
	if (flavour_device_stopped(fdev) || !flavour_bus_has(fdev->dev))
		return -ENODEV;
	if (settled(fdev, req->want))
		return 0;
	if (req->want != FLAVOUR_NONE)
		ret = await_added(req);
	ret = ret ?: fdev->bus->refuse(fdev->dev, req->want) ?: set[req->want](req);
	if (ret && flavour_device_stopped(fdev))
		ret = -ENODEV;
	trace_flavour_set(fdev->dev, flavour_words[from], flavour_words[req->want], ret);
	if (ret)
		return ret;
	flavour_device_set(fdev, req->want);
	if (from != req->want || had_driver != flavour_driver_is_bound(fdev->dev))
		flavour_uevent(fdev->dev, req->want, NULL, NULL);
	return 0;
}
