// SPDX-License-Identifier: GPL-2.0-only
/*
 * One device's flavour: the change from one to another, and back on failure.
 *
 * Whoever changes a flavour has the device's turn (flavoured.h). Until detach()
 * nothing of the device is touched; after it, put_back() restores what was.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "candidate.h"
#include "flavour.h"
#include "flavoured.h"
#include "group.h"
#include "loader.h"
#include "trace.h"

/* How long a variant may come after the generic driver: see await_driver(). */
#define SETTLE (3 * HZ)

const char * const flavour_words[FLAVOUR_COUNT] = {
	[FLAVOUR_NATIVE] = "native",
	[FLAVOUR_VFIO]   = "vfio",
	[FLAVOUR_NONE]   = "none",
};

/**
 * struct change - a change of flavour under way
 * @fd: the device, whose turn is taken
 * @former: the driver it had, its module held; NULL if none
 * @override: the override it had; NULL if none
 * @turn: its IOMMU group's
 */
struct change {
	struct flavoured *fd;
	struct device_driver *former;
	char *override;
	struct group_turn turn;
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

static bool stopped(const void *data)
{
	return flavoured_stopped(data);
}

/**
 * flavour_uevent - tell user space of a device's flavour
 * @dev: the device
 * @flavour: the flavour that it has or shall have
 * @key: what else to tell, NULL for nothing
 * @value: of @key
 */
void flavour_uevent(struct device *dev, enum flavour flavour, const char *key,
		    const char *value)
{
	char *word = kasprintf(GFP_KERNEL, "DRIVER_FLAVOUR=%s", flavour_words[flavour]);
	char *more = key ? kasprintf(GFP_KERNEL, "%s=%s", key, value) : NULL;
	char *env[3] = { word, more };

	/* Without @key it would say that the device has the flavour. */
	if (word && (more || !key))
		kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, env);
	kfree(word);
	kfree(more);
}

/* By how many wildcards the best candidate matches; MATCH_NONE without one. */
static unsigned int best_rank(struct flavoured *fd, enum flavour flavour)
{
	unsigned int best = MATCH_NONE;
	LIST_HEAD(candidates);

	candidates_rank(fd->dev, fd->bus, flavour, &candidates);
	if (!list_empty(&candidates))
		best = list_first_entry(&candidates, struct candidate, list)->rank.wildcards;
	candidates_put(&candidates);
	return best;
}

/*
 * With the upcall off, whoever heard the uevent may load drivers. It does not
 * tell when it is done; modprobe takes the generic driver first, and a variant
 * may follow.
 */
static int await_driver(struct flavoured *fd, const char *alias)
{
	long left = loader_limit(), step, ret;
	unsigned int seen, best;

	flavour_uevent(fd->dev, FLAVOUR_VFIO, "DRIVER_FLAVOUR_ALIAS", alias);
	for (;;) {
		seen = loader_arrivals();
		best = best_rank(fd, FLAVOUR_VFIO);
		if (best < MATCH_FIELDS)
			return 0;
		step = best == MATCH_FIELDS ? min_t(long, left, SETTLE) : left;
		ret = loader_wait_arrival(seen, step, stopped, fd);
		if (ret < 0)
			return ret;
		if (!ret)
			return best == MATCH_FIELDS ? 0 : -ETIMEDOUT;
		left -= step - ret;
	}
}

static int load(struct flavoured *fd, enum flavour want, bool next)
{
	char *alias = fd->bus->alias(fd->dev, want);
	int ret;

	if (!alias)
		return -ENOMEM;
	if (loader_is_off())
		ret = want == FLAVOUR_VFIO && !next ? await_driver(fd, alias) : 0;
	else
		ret = loader_run(alias, next, stopped, fd);
	kfree(alias);
	return ret;
}

static void change_end(struct change *ch)
{
	group_leave(&ch->turn);
	driver_put(ch->former);
	kfree(ch->override);
}

static int change_begin(struct change *ch, struct flavoured *fd)
{
	int ret;

	*ch = (struct change){ .fd = fd };
	ret = group_enter(&ch->turn, fd->dev);
	if (ret)
		return ret;
	/* The group is not told of turns that come after the device has left. */
	if (flavoured_stopped(fd))
		ret = -ENODEV;
	ch->former = driver_get_bound(fd->dev);
	if (!ret && ch->former && !fd->bus->kernel_dma(ch->former))
		ret = group_own(&ch->turn, fd->bus);
	/* Only now: an unbind that waits for user space holds the device's lock. */
	if (!ret)
		ret = fd->bus->override_dup(fd->dev, &ch->override);
	if (ret)
		change_end(ch);
	return ret;
}

/* The override comes first, so that no other driver slips in between. */
static int detach(struct change *ch, const char *override)
{
	struct flavoured *fd = ch->fd;
	int ret = fd->bus->override_set(fd->dev, override);

	if (ret)
		return ret;
	device_release_driver(fd->dev);
	group_disown(&ch->turn);
	return 0;
}

static int attach(struct flavoured *fd, struct device_driver *drv)
{
	int ret = device_driver_attach(drv, fd->dev);

	/* Someone else told it to bind at the same time: just as good. */
	if (ret == -EBUSY && READ_ONCE(fd->dev->driver) == drv)
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
	int ret = fd->bus->override_set(fd->dev, ch->former->name);

	return ret ?: attach(fd, ch->former);
}

static void put_back(struct change *ch)
{
	const char *name = ch->former ? ch->former->name : "none";
	int ret = ch->former ? attach_former(ch) : 0, err;
	struct flavoured *fd = ch->fd;

	err = fd->bus->override_set(fd->dev, ch->override);
	ret = ret ?: err;
	trace_flavour_put_back(fd->dev, name, ret);
	if (ret && !flavoured_stopped(fd))
		dev_err(fd->dev, "driver %s could not be put back: %pe\n", name, ERR_PTR(ret));
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
		ret = fd->bus->override_set(fd->dev, c->drv->name);
		if (!ret)
			ret = attach(fd, c->drv);
		if (!steps_back(ret))
			break;
	}
	return ret;
}

static int claim_from(struct flavoured *fd, struct list_head *candidates)
{
	struct candidate *best = list_first_entry(candidates, struct candidate, list);
	struct change ch;
	int ret = change_begin(&ch, fd);

	if (ret)
		return ret;
	ret = detach(&ch, best->drv->name);
	if (!ret)
		ret = bind_best(&ch, candidates);
	if (ret) {
		dev_info(fd->dev, "no VFIO driver bound it (%pe): put back\n", ERR_PTR(ret));
		put_back(&ch);
	}
	change_end(&ch);
	return ret;
}

/* Who may bind it, those in @tried aside. None is an error only after a timeout. */
static int find_candidates(struct flavoured *fd, bool ask, const struct list_head *tried,
			   struct list_head *candidates)
{
	int loaded = ask ? load(fd, FLAVOUR_VFIO, !list_empty(tried)) : 0, ret;

	if (loaded && loaded != -ETIMEDOUT)
		return loaded;
	/* The loader took its time: look again. */
	ret = fd->bus->refuse(fd->dev);
	if (!ret)
		ret = candidates_rank(fd->dev, fd->bus, FLAVOUR_VFIO, candidates);
	if (ret)
		return ret;
	candidates_drop(candidates, tried);
	if (!list_empty(candidates))
		return 0;
	if (list_empty(tried))
		dev_info(fd->dev, "no driver lists this device for VFIO: is its module installed?\n");
	return loaded;
}

static bool has_generic(struct list_head *candidates)
{
	return list_last_entry(candidates, struct candidate, list)->rank.wildcards == MATCH_FIELDS;
}

/**
 * flavour_claim - bind a device to the best driver that lists it for VFIO
 * @fd: the device, whose turn is taken
 * @ask: run the loader first; and again when all drivers step back, as it may
 *	load them one by one
 *
 * On failure the device, its driver and its override are as before.
 *
 * Return: 0 with a driver bound, or a negative errno as flavour_set().
 */
int flavour_claim(struct flavoured *fd, bool ask)
{
	LIST_HEAD(candidates);
	LIST_HEAD(tried);
	int ret = -ENODEV, err;
	bool more;

	do {
		err = find_candidates(fd, ask, &tried, &candidates);
		if (err || list_empty(&candidates))
			break;
		ret = claim_from(fd, &candidates);
		more = ask && steps_back(ret) && !has_generic(&candidates) &&
			!flavoured_stopped(fd);
		list_splice_init(&candidates, &tried);
	} while (more);
	candidates_put(&tried);
	return err ?: ret;
}

static int set_vfio(struct flavoured *fd)
{
	return flavour_claim(fd, true);
}

/*
 * A driver that steps back leaves the device without one: so does the kernel.
 * But a VFIO driver that new_id made match is none that native means.
 */
static int bind_native(struct change *ch)
{
	struct device *dev = ch->fd->dev;
	struct candidate *c;
	LIST_HEAD(natives);
	int ret = candidates_native(dev, &natives), err;

	list_for_each_entry(c, &natives, list) {
		if (ch->fd->bus->rank(dev, c->drv, FLAVOUR_VFIO) != MATCH_NONE)
			continue;
		err = attach(ch->fd, c->drv);
		if (!err || READ_ONCE(dev->driver)) {
			ret = 0;
			break;
		}
		if (!steps_back(err))
			ret = err;
	}
	candidates_put(&natives);
	return ret;
}

/* Is its driver one that the kernel's own matching would bind? */
static bool natively_bound(struct flavoured *fd)
{
	struct device_driver *drv = driver_get_bound(fd->dev);
	bool is = drv && fd->bus->rank(fd->dev, drv, FLAVOUR_NATIVE) != MATCH_NONE;

	driver_put(drv);
	return is;
}

static int set_native(struct flavoured *fd)
{
	struct change ch;
	int ret = 0;

	/* Only an override is in the way: no reason to interrupt the driver. */
	if (natively_bound(fd))
		return fd->bus->override_set(fd->dev, NULL);
	if (best_rank(fd, FLAVOUR_NATIVE) == MATCH_NONE)
		ret = load(fd, FLAVOUR_NATIVE, false);
	if (ret && ret != -ETIMEDOUT)
		return ret;
	ret = fd->bus->refuse(fd->dev);
	if (!ret)
		ret = change_begin(&ch, fd);
	if (ret)
		return ret;
	ret = detach(&ch, NULL);
	if (!ret)
		ret = bind_native(&ch);
	if (ret)
		put_back(&ch);
	change_end(&ch);
	return ret;
}

static int set_none(struct flavoured *fd)
{
	struct change ch;
	int ret = change_begin(&ch, fd);

	if (ret)
		return ret;
	ret = detach(&ch, flavour_words[FLAVOUR_NONE]);
	if (!ret && READ_ONCE(fd->dev->driver))
		ret = -EBUSY;
	if (ret)
		put_back(&ch);
	change_end(&ch);
	return ret;
}

/* Is the flavour in force, with nothing left to do for it? */
static bool settled(struct flavoured *fd, enum flavour want)
{
	if (fd->flavour != want)
		return false;
	if (want == FLAVOUR_NATIVE)
		return !fd->bus->overridden(fd->dev);
	return !READ_ONCE(fd->dev->driver) == (want == FLAVOUR_NONE);
}

static int change(struct flavoured *fd, enum flavour want)
{
	static int (* const set[FLAVOUR_COUNT])(struct flavoured *) = {
		[FLAVOUR_NATIVE] = set_native,
		[FLAVOUR_VFIO]   = set_vfio,
		[FLAVOUR_NONE]   = set_none,
	};
	const char *from = flavour_words[fd->flavour];
	int ret;

	if (flavoured_stopped(fd))
		return -ENODEV;
	if (settled(fd, want))
		return 0;
	ret = fd->bus->refuse(fd->dev) ?: set[want](fd);
	if (ret && flavoured_stopped(fd))
		ret = -ENODEV;
	trace_flavour_set(fd->dev, from, flavour_words[want], ret);
	if (ret)
		return ret;
	flavoured_set(fd, want);
	flavour_uevent(fd->dev, want, NULL, NULL);
	return 0;
}

static int is_it(struct device *dev, void *data)
{
	return dev == data;
}

/*
 * A device's file outlives its place on the bus by a moment. One that leaves
 * the bus after this was asked, is marked as gone in its entry.
 */
static bool is_on_bus(struct device *dev)
{
	return bus_for_each_dev(dev->bus, NULL, dev, is_it) > 0;
}

/**
 * flavour_set - give a device a flavour, now
 * @dev: the device, referenced and not locked
 * @bus: its bus
 * @want: the flavour
 *
 * Runs the loader if need be. On failure the device, its driver and its
 * override are as before.
 *
 * Return: 0 with the flavour in force (and for vfio a driver bound), or
 * -EOPNOTSUPP, -EBUSY, -ENODEV, -EINTR, -ETIMEDOUT, -ENOMEM, or what the
 * driver's probe said. See docs/abi/sysfs-bus-pci-driver-flavour.
 */
int flavour_set(struct device *dev, const struct flavour_bus *bus, enum flavour want)
{
	struct flavoured *fd = flavoured_get(dev, bus);
	int ret;

	if (IS_ERR(fd))
		return PTR_ERR(fd);
	ret = is_on_bus(dev) ? flavoured_enter(fd) : -ENODEV;
	if (!ret) {
		ret = change(fd, want);
		flavoured_leave(fd);
	}
	flavoured_put(fd);
	return ret;
}
