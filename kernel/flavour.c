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
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "candidate.h"
#include "flavour.h"
#include "flavoured.h"
#include "group.h"
#include "loader.h"
#include "trace.h"

/* Overrides that no driver which binds has: they keep the others away. */
#define HOLD_VFIO "vfio"
#define HOLD_NONE "none"

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
 * @group: kept from user space until the driver is unbound; NULL if need not be
 */
struct change {
	struct flavoured *fd;
	struct device_driver *former;
	char *override;
	struct iommu_group *group;
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

static void notify(struct flavoured *fd, const char *key, const char *value)
{
	char *pair = kasprintf(GFP_KERNEL, "%s=%s", key, value);
	char *env[2] = { pair };

	if (pair)
		kobject_uevent_env(&fd->dev->kobj, KOBJ_CHANGE, env);
	kfree(pair);
}

static bool has_candidate(struct flavoured *fd, enum flavour flavour)
{
	LIST_HEAD(candidates);
	bool has;

	candidates_rank(fd->dev, fd->bus, flavour, &candidates);
	has = !list_empty(&candidates);
	candidates_put(&candidates);
	return has;
}

static void ask_by_uevent(struct flavoured *fd, const char *alias)
{
	char word[] = "DRIVER_FLAVOUR=vfio";
	char *what = kasprintf(GFP_KERNEL, "DRIVER_FLAVOUR_ALIAS=%s", alias);
	char *env[3] = { word, what };

	if (what)
		kobject_uevent_env(&fd->dev->kobj, KOBJ_CHANGE, env);
	kfree(what);
}

/* With the upcall off, whoever heard the uevent may load a driver. */
static int await_driver(struct flavoured *fd, const char *alias)
{
	long left = loader_limit();
	unsigned int seen;

	ask_by_uevent(fd, alias);
	for (;;) {
		seen = loader_arrivals();
		if (has_candidate(fd, FLAVOUR_VFIO))
			return 0;
		left = loader_wait_arrival(seen, left, stopped, fd);
		if (left < 0)
			return left;
		if (!left)
			return -ETIMEDOUT;
	}
}

static int load(struct flavoured *fd, enum flavour flavour)
{
	char *alias = fd->bus->alias(fd->dev, flavour);
	int ret;

	if (!alias)
		return -ENOMEM;
	if (loader_is_off())
		ret = flavour == FLAVOUR_VFIO ? await_driver(fd, alias) : 0;
	else
		ret = loader_run(alias, stopped, fd);
	kfree(alias);
	return ret;
}

static void change_end(struct change *ch)
{
	group_release(ch->group);
	driver_put(ch->former);
	kfree(ch->override);
}

static int change_begin(struct change *ch, struct flavoured *fd)
{
	struct iommu_group *group;
	int ret;

	*ch = (struct change){ .fd = fd, .former = driver_get_bound(fd->dev) };
	if (ch->former && !fd->bus->kernel_dma(ch->former)) {
		group = group_take(fd->dev, fd->bus);
		if (IS_ERR(group)) {
			ret = PTR_ERR(group);
			goto err_end;
		}
		ch->group = group;
	}
	/* Only now: an unbind that waits for user space holds the device's lock. */
	ret = fd->bus->override_dup(fd->dev, &ch->override);
	if (ret)
		goto err_end;
	return 0;

err_end:
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
	group_release(ch->group);
	ch->group = NULL;
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

static void put_back(struct change *ch)
{
	struct flavoured *fd = ch->fd;
	const char *name = ch->former ? ch->former->name : "none";
	int ret = fd->bus->override_set(fd->dev, ch->override);

	if (!ret && ch->former)
		ret = attach(fd, ch->former);
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
	if (ret)
		put_back(&ch);
	change_end(&ch);
	return ret;
}

static int claim(struct flavoured *fd, bool ask)
{
	LIST_HEAD(candidates);
	int loaded = ask ? load(fd, FLAVOUR_VFIO) : 0, ret;

	if (loaded && loaded != -ETIMEDOUT)
		return loaded;
	/* The loader took its time: look again. */
	ret = fd->bus->refuse(fd->dev);
	if (!ret)
		ret = candidates_rank(fd->dev, fd->bus, FLAVOUR_VFIO, &candidates);
	if (ret)
		return ret;
	if (list_empty(&candidates))
		return loaded ?: -ENODEV;
	ret = claim_from(fd, &candidates);
	candidates_put(&candidates);
	return ret;
}

static int set_vfio(struct flavoured *fd)
{
	return claim(fd, true);
}

/* A driver that steps back leaves the device without one: so does the kernel. */
static int bind_native(struct change *ch)
{
	struct device *dev = ch->fd->dev;
	struct candidate *c;
	LIST_HEAD(natives);
	int ret = candidates_native(dev, &natives), err;

	list_for_each_entry(c, &natives, list) {
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

static int set_native(struct flavoured *fd)
{
	struct change ch;
	int ret = 0;

	if (!has_candidate(fd, FLAVOUR_NATIVE))
		ret = load(fd, FLAVOUR_NATIVE);
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
	ret = detach(&ch, HOLD_NONE);
	if (!ret && READ_ONCE(fd->dev->driver))
		ret = -EBUSY;
	if (ret)
		put_back(&ch);
	change_end(&ch);
	return ret;
}

static bool has_override(struct flavoured *fd)
{
	char *override = NULL;
	bool has = fd->bus->override_dup(fd->dev, &override) || override;

	kfree(override);
	return has;
}

/* Is the flavour in force, with nothing left to do for it? */
static bool settled(struct flavoured *fd, enum flavour want)
{
	bool bound = READ_ONCE(fd->dev->driver);

	if (fd->flavour != want)
		return false;
	if (want == FLAVOUR_NATIVE)
		return bound || !has_override(fd);
	return bound == (want == FLAVOUR_VFIO);
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
	notify(fd, "DRIVER_FLAVOUR", flavour_words[want]);
	return 0;
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
	ret = flavoured_enter(fd);
	if (!ret) {
		ret = change(fd, want);
		flavoured_leave(fd);
	}
	flavoured_put(fd);
	return ret;
}

/**
 * flavour_late - bind a device that waits for a driver, if one has come
 * @fd: the device, whose turn is taken
 */
void flavour_late(struct flavoured *fd)
{
	bool ask;
	int ret;

	if (fd->flavour != FLAVOUR_VFIO || READ_ONCE(fd->dev->driver) ||
	    flavoured_stopped(fd) || !fd->bus->added(fd->dev))
		return;
	/* Someone cleared it: the kernel's matching is in force again. */
	if (!has_override(fd)) {
		flavoured_set(fd, FLAVOUR_NATIVE);
		return;
	}
	ask = test_and_clear_bit(FLAVOURED_ASK, &fd->flags);
	ret = claim(fd, ask);
	trace_flavour_set(fd->dev, flavour_words[FLAVOUR_VFIO],
			  flavour_words[FLAVOUR_VFIO], ret);
	if (!ret)
		notify(fd, "DRIVER_FLAVOUR", flavour_words[FLAVOUR_VFIO]);
}

/**
 * flavour_request - have a device bound in its flavour soon, without waiting
 * @dev: the device; it may be locked, and not added yet
 * @bus: its bus
 * @want: FLAVOUR_VFIO or FLAVOUR_NONE; an override keeps other drivers away
 *
 * Return: 0, or -ENOMEM or -ENODEV.
 */
int flavour_request(struct device *dev, const struct flavour_bus *bus, enum flavour want)
{
	struct flavoured *fd = flavoured_get(dev, bus);

	if (IS_ERR(fd))
		return PTR_ERR(fd);
	flavoured_set(fd, want);
	if (want == FLAVOUR_VFIO) {
		set_bit(FLAVOURED_ASK, &fd->flags);
		flavoured_queue(fd);
	}
	flavoured_put(fd);
	return 0;
}

/* What an override that nobody bears says of a device without a driver. */
static enum flavour held_flavour(struct device *dev, const struct flavour_bus *bus)
{
	enum flavour flavour = FLAVOUR_NATIVE;
	char *override = NULL;

	bus->override_dup(dev, &override);
	if (override && !strcmp(override, HOLD_NONE))
		flavour = FLAVOUR_NONE;
	if (override && !strcmp(override, HOLD_VFIO))
		flavour = FLAVOUR_VFIO;
	kfree(override);
	return flavour;
}

/**
 * flavour_adopt - find out what flavour a device was given before we came
 * @dev: the device
 * @bus: its bus
 *
 * Return: 0, or -ENOMEM or -ENODEV.
 */
int flavour_adopt(struct device *dev, const struct flavour_bus *bus)
{
	enum flavour flavour = driver_flavour_bound(dev, bus, FLAVOUR_COUNT);
	struct flavoured *fd;

	if (flavour == FLAVOUR_COUNT)
		flavour = held_flavour(dev, bus);
	if (flavour == FLAVOUR_NATIVE)
		return 0;
	fd = flavoured_get(dev, bus);
	if (IS_ERR(fd))
		return PTR_ERR(fd);
	flavoured_set(fd, flavour);
	flavoured_queue(fd);
	flavoured_put(fd);
	return 0;
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == MODULE_STATE_LIVE) {
		loader_arrived();
		flavoured_queue_all();
	}
	return NOTIFY_OK;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

/**
 * flavour_init - begin to bind waiting devices when drivers come
 *
 * Return: 0 or a negative errno.
 */
int flavour_init(void)
{
	return register_module_notifier(&module_nb);
}

/**
 * flavour_exit - the end of flavour_init()
 */
void flavour_exit(void)
{
	unregister_module_notifier(&module_nb);
}
