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
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "candidate.h"
#include "flavour.h"
#include "flavoured.h"
#include "group.h"
#include "loader.h"
#include "request.h"
#include "say.h"
#include "trace.h"
#include "watchdog.h"

/* How long a variant may come after the generic driver: see await_driver(). */
#define SETTLE (3 * HZ)

const char * const flavour_words[FLAVOUR_COUNT] = {
	[FLAVOUR_NATIVE] = "native",
	[FLAVOUR_VFIO]   = "vfio",
	[FLAVOUR_NONE]   = "none",
};

/**
 * struct change - a change of flavour under way
 * @req: what asks for it
 * @fd: the device
 * @former: the driver it had, its module held; NULL if none
 * @override: the override it had; NULL if none
 * @ours: that is what we wrote
 * @turn: its turn in its IOMMU group
 * @dog: watches the drivers
 */
struct change {
	struct request *req;
	struct flavoured *fd;
	struct device_driver *former;
	char *override;
	bool ours;
	struct group_turn turn;
	struct watchdog dog;
};

/**
 * flavour_parse - read a flavour's word as written to a file
 * @buf: what was written; a NUL follows it
 * @count: its length; newlines and NULs at its end do not matter
 * @flavour: the flavour, set on success
 *
 * Return: 0 or -EINVAL.
 */
int flavour_parse(const char *buf, size_t count, enum flavour *flavour)
{
	int i;

	while (count && (!buf[count - 1] || buf[count - 1] == '\n'))
		count--;
	for (i = 0; i < FLAVOUR_COUNT; i++) {
		if (strlen(flavour_words[i]) != count || memcmp(flavour_words[i], buf, count))
			continue;
		*flavour = i;
		return 0;
	}
	return -EINVAL;
}

/*
 * Should the change stop waiting? A request without a writer is postponed while
 * user space is frozen; a writer is frozen itself, and has left.
 */
static enum loader_stop stopped(const void *data)
{
	const struct request *req = data;

	if (flavoured_stopped(req->fd) || (req->late && flavoured_suspended()))
		return LOADER_STOP;
	if (!READ_ONCE(req->left))
		return LOADER_GO_ON;
	return READ_ONCE(req->restarts) ? LOADER_STOP_BUT_LINGER : LOADER_STOP;
}

static bool given_up(const void *data)
{
	return stopped(data) != LOADER_GO_ON;
}

/**
 * flavour_uevent - tell user space of a device's flavour
 * @dev: the device
 * @flavour: the flavour that it has, or that was requested
 * @key: what else to tell, NULL for nothing
 * @value: of @key
 */
void flavour_uevent(struct device *dev, enum flavour flavour, const char *key,
		    const char *value)
{
	char *word = kasprintf(GFP_KERNEL, "DRIVER_FLAVOUR=%s", flavour_words[flavour]);
	char *more = key ? kasprintf(GFP_KERNEL, "%s=%s", key, value) : NULL;
	char *env[3] = { word, more };

	/*
	 * If @more can't be allocated, send nothing: an event without @key means
	 * that the device has the flavour.
	 */
	if (word && (more || !key))
		kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, env);
	kfree(word);
	kfree(more);
}

/* The rank of the best candidate; MATCH_NONE without one. */
static unsigned int best_rank(struct flavoured *fd, enum flavour flavour)
{
	unsigned int best = MATCH_NONE;
	LIST_HEAD(candidates);

	candidates_rank(fd->dev, fd->bus, flavour, &candidates);
	if (!list_empty(&candidates))
		best = list_first_entry(&candidates, struct candidate, list)->rank.value;
	candidates_put(&candidates);
	return best;
}

/*
 * With the loader turned off, udev or another listener loads drivers when it gets
 * the uevent. It does not report when it has finished, and modprobe loads the
 * generic driver first: wait a little longer for a variant.
 */
static int await_driver(struct request *req, const char *alias)
{
	long left = loader_limit(), step, ret;
	unsigned int seen, best;

	flavour_uevent(req->fd->dev, FLAVOUR_VFIO, "DRIVER_FLAVOUR_ALIAS", alias);
	for (;;) {
		seen = loader_arrivals();
		best = best_rank(req->fd, FLAVOUR_VFIO);
		if (best < MATCH_GENERIC)
			return 0;
		step = best == MATCH_GENERIC ? min_t(long, left, SETTLE) : left;
		ret = loader_wait_arrival(seen, step, stopped, req);
		if (ret < 0)
			return ret;
		if (!ret)
			return best == MATCH_GENERIC ? 0 : -ETIMEDOUT;
		left -= step - ret;
	}
}

static int load(struct request *req, enum flavour want, bool next)
{
	struct flavoured *fd = req->fd;
	char *alias;
	int ret;

	if (!req->may_load)
		return -EPERM;
	alias = fd->bus->alias(fd->dev, want);
	if (!alias)
		return -ENOMEM;
	if (loader_is_off())
		ret = want == FLAVOUR_VFIO && !next ? await_driver(req, alias) : 0;
	else
		ret = loader_run(alias, next, stopped, req);
	kfree(alias);
	return ret;
}

/* The module of a driver can't be held while its init runs: wait until that has ended. */
static int await_module(struct request *req)
{
	long left = loader_limit();
	struct device_driver *drv;
	unsigned int seen;

	for (;;) {
		seen = loader_arrivals();
		drv = driver_get_bound(req->fd->dev);
		if (!IS_ERR(drv))
			break;
		left = loader_wait_arrival(seen, left, stopped, req);
		if (left <= 0)
			return left ?: -EAGAIN;
	}
	driver_put(drv);
	return 0;
}

static void change_end(struct change *ch)
{
	watchdog_stop(&ch->dog);
	request_let_go(ch->req);
	group_leave(&ch->turn);
	driver_put(ch->former);
	kfree(ch->override);
}

/* Get the former driver, with its module held; fails if the driver can't be unbound. */
static int get_former(struct change *ch)
{
	struct device_driver *drv;

	watchdog_await_probe(ch->fd);
	drv = driver_get_bound(ch->fd->dev);
	if (IS_ERR(drv))
		return PTR_ERR(drv);
	ch->former = drv;
	if (!drv || !drv->suppress_bind_attrs)
		return 0;
	say(dev_info, ch->fd->dev, "driver %s can't be unbound\n", drv->name);
	return -EOPNOTSUPP;
}

static int change_begin(struct change *ch, struct request *req)
{
	struct flavoured *fd = req->fd;
	int ret;

	*ch = (struct change){ .req = req, .fd = fd };
	ret = await_module(req);
	if (!ret)
		ret = group_enter(&ch->turn, fd->dev, given_up, req);
	if (ret)
		return ret;
	/*
	 * group_removing() marks only turns that exist. If the device left its
	 * group before our turn, only this check finds it.
	 */
	ret = flavoured_stopped(fd) ? -ENODEV : get_former(ch);
	watchdog_start(&ch->dog, fd);
	if (!ret && ch->former && !fd->bus->kernel_dma(ch->former))
		ret = group_own(&ch->turn, fd->bus);
	/*
	 * Not before group_own(): before 6.12.91 this takes the device lock,
	 * which a VFIO driver's unbind holds while it waits for user space.
	 */
	if (!ret)
		ret = fd->bus->override_dup(fd->dev, &ch->override);
	ch->ours = ch->override && fd->wrote && !strcmp(ch->override, fd->wrote);
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
	int ret = request_touch(ch->req);

	if (!ret)
		ret = flavoured_override(ch->fd, override, true);
	watchdog_removing(&ch->dog);
	if (!ret)
		ret = ch->fd->bus->unbind(ch->fd->dev);
	watchdog_removed(&ch->dog);
	group_disown(&ch->turn);
	return ret;
}

static int attach(struct flavoured *fd, struct device_driver *drv)
{
	int ret = device_driver_attach(drv, fd->dev);

	/* A concurrent bind, by drivers_probe or the bind file, has bound the same driver. */
	if (ret == -EBUSY && READ_ONCE(fd->dev->driver) == drv && driver_is_bound(fd->dev))
		ret = 0;
	trace_flavour_bind(fd->dev, drv->name, ret);
	return ret;
}

/*
 * The former driver may have been bound before the override named another:
 * it gets an override of its own until it is bound again.
 */
static int attach_former(struct change *ch)
{
	struct flavoured *fd = ch->fd;
	int ret;

	if (!ch->former || READ_ONCE(fd->dev->driver) == ch->former)
		return 0;
	ret = flavoured_override(fd, ch->former->name, false);
	return ret ?: attach(fd, ch->former);
}

/*
 * Returns the error for the writer: @why, or -ENOTRECOVERABLE if the device is
 * not as it was.
 */
static int put_back(struct change *ch, int why)
{
	const char *name = ch->former ? ch->former->name : "none";
	struct flavoured *fd = ch->fd;
	int ret = attach_former(ch), err;

	err = flavoured_override(fd, ch->override, ch->ours);
	ret = ret ?: err;
	trace_flavour_put_back(fd->dev, name, ret);
	if (!ret || flavoured_stopped(fd))
		return why;
	dev_err(fd->dev, "driver %s could not be put back: %pe\n", name, ERR_PTR(ret));
	flavour_uevent(fd->dev, fd->flavour, "DRIVER_FLAVOUR_ERROR", "-ENOTRECOVERABLE");
	return -ENOTRECOVERABLE;
}

static bool steps_back(int ret)
{
	return ret == -ENODEV || ret == -ENXIO;
}

static int bind_best(struct change *ch, struct list_head *candidates)
{
	struct flavoured *fd = ch->fd;
	struct candidate *c;
	int ret = -ENODEV;

	list_for_each_entry(c, candidates, list) {
		ret = flavoured_override(fd, c->drv->name, true);
		if (!ret)
			ret = attach(fd, c->drv);
		if (!steps_back(ret))
			break;
	}
	return ret;
}

static int claim_from(struct request *req, struct list_head *candidates)
{
	struct candidate *best = list_first_entry(candidates, struct candidate, list);
	struct change ch;
	int ret = change_begin(&ch, req);

	if (ret)
		return ret;
	ret = detach(&ch, best->drv->name);
	if (!ret)
		ret = bind_best(&ch, candidates);
	if (ret) {
		say(dev_info, req->fd->dev, "no VFIO driver bound it (%pe): put back\n",
		    ERR_PTR(ret));
		ret = put_back(&ch, ret);
	}
	change_end(&ch);
	return ret;
}

/* Who may bind it, those in @tried aside. None is an error only after a timeout. */
static int find_candidates(struct request *req, bool ask, const struct list_head *tried,
			   struct list_head *candidates)
{
	int loaded = ask ? load(req, FLAVOUR_VFIO, !list_empty(tried)) : 0, ret;
	struct flavoured *fd = req->fd;

	if (loaded && loaded != -ETIMEDOUT)
		return loaded;
	/* The device may have changed while the loader ran: check again. */
	ret = fd->bus->refuse(fd->dev, FLAVOUR_VFIO);
	if (!ret)
		ret = candidates_rank(fd->dev, fd->bus, FLAVOUR_VFIO, candidates);
	if (ret)
		return ret;
	candidates_drop(candidates, tried);
	if (!list_empty(candidates))
		return 0;
	if (list_empty(tried))
		say(dev_info, fd->dev,
		    "no driver lists this device for VFIO: is its module installed?\n");
	return loaded;
}

static bool has_generic(struct list_head *candidates)
{
	return list_last_entry(candidates, struct candidate, list)->rank.value == MATCH_GENERIC;
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
	candidates_put(&tried);
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
static int bind_native(struct change *ch)
{
	struct device *dev = ch->fd->dev;
	const struct flavour_bus *bus = ch->fd->bus;
	struct candidate *c;
	LIST_HEAD(natives);
	int ret = candidates_native(dev, &natives), err;

	list_for_each_entry(c, &natives, list) {
		if (bus->rank(dev, c->drv, FLAVOUR_VFIO) != MATCH_NONE)
			continue;
		err = attach(ch->fd, c->drv);
		if (!err || driver_is_bound(dev)) {
			ret = 0;
			break;
		}
		if (!steps_back(err))
			ret = err;
	}
	candidates_put(&natives);
	if (driver_flavour_bound(dev, bus, FLAVOUR_NATIVE) != FLAVOUR_NATIVE)
		ret = -EBUSY;
	return ret;
}

/* Is its driver one that the kernel's own matching would bind? */
static bool natively_bound(struct flavoured *fd)
{
	struct device_driver *drv = driver_get_bound(fd->dev);
	bool is = !IS_ERR_OR_NULL(drv) &&
		fd->bus->rank(fd->dev, drv, FLAVOUR_NATIVE) != MATCH_NONE;

	driver_put(drv);
	return is;
}

static int set_native(struct request *req)
{
	struct flavoured *fd = req->fd;
	struct change ch;
	int ret = 0;

	if (!natively_bound(fd) && best_rank(fd, FLAVOUR_NATIVE) == MATCH_NONE)
		ret = load(req, FLAVOUR_NATIVE, false);
	/*
	 * The right driver is bound, and only an override has to be cleared:
	 * don't unbind the driver.
	 */
	if (natively_bound(fd))
		return flavoured_override(fd, NULL, true);
	if (ret && ret != -ETIMEDOUT)
		return ret;
	ret = fd->bus->refuse(fd->dev, FLAVOUR_NATIVE);
	if (!ret)
		ret = change_begin(&ch, req);
	if (ret)
		return ret;
	ret = detach(&ch, NULL);
	if (!ret)
		ret = bind_native(&ch);
	if (ret)
		ret = put_back(&ch, ret);
	change_end(&ch);
	return ret;
}

static int set_none(struct request *req)
{
	struct change ch;
	int ret = change_begin(&ch, req);

	if (ret)
		return ret;
	ret = detach(&ch, flavour_words[FLAVOUR_NONE]);
	if (!ret && driver_is_bound(req->fd->dev))
		ret = -EBUSY;
	if (ret)
		ret = put_back(&ch, ret);
	change_end(&ch);
	return ret;
}

/* Is the flavour in force, with nothing left to do for it? */
static bool settled(struct flavoured *fd, enum flavour want)
{
	if (want == FLAVOUR_NATIVE)
		return natively_bound(fd) && !fd->bus->overridden(fd->dev);
	return fd->flavour == want && driver_is_bound(fd->dev) == (want == FLAVOUR_VFIO);
}

static int is_it(struct device *dev, void *data)
{
	return dev == data;
}

/*
 * A device leaves the bus a moment before its file is removed. If it leaves after
 * this check, its entry is marked as gone.
 */
static bool is_on_bus(struct device *dev)
{
	return bus_for_each_dev(dev->bus, NULL, dev, is_it) > 0;
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
	struct flavoured *fd = req->fd;
	enum flavour from = fd->flavour;
	bool had_driver = driver_is_bound(fd->dev);
	int ret;

	if (flavoured_stopped(fd) || !is_on_bus(fd->dev))
		return -ENODEV;
	if (settled(fd, req->want))
		return 0;
	ret = fd->bus->refuse(fd->dev, req->want) ?: set[req->want](req);
	if (ret && flavoured_stopped(fd))
		ret = -ENODEV;
	trace_flavour_set(fd->dev, flavour_words[from], flavour_words[req->want], ret);
	if (ret)
		return ret;
	flavoured_set(fd, req->want);
	if (from != req->want || had_driver != driver_is_bound(fd->dev))
		flavour_uevent(fd->dev, req->want, NULL, NULL);
	return 0;
}
