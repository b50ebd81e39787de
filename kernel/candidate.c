// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registered drivers: which may bind a device, and which one is bound.
 *
 * bus_for_each_drv() pins a driver while its callback runs. What is used after
 * that holds a reference to the driver's module, taken in the callback.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "bus.h"
#include "candidate.h"
#include "trace.h"

struct ranking {
	struct device *dev;
	enum flavour flavour;
	struct list_head *candidates;
};

/* The init of a module in MODULE_STATE_COMING may still fail and free its driver. */
static bool driver_get(struct device_driver *drv)
{
	if (drv->owner && READ_ONCE(drv->owner->state) == MODULE_STATE_COMING)
		return false;
	return try_module_get(drv->owner);
}

/**
 * flavour_driver_put - let a driver go
 * @drv: from flavour_driver_get_bound(), also if that is no driver, or a candidate's
 */
void flavour_driver_put(struct device_driver *drv)
{
	if (!IS_ERR_OR_NULL(drv))
		module_put(drv->owner);
}

static void candidate_free(struct candidate *c)
{
	list_del(&c->list);
	flavour_driver_put(c->drv);
	kfree(c);
}

/**
 * flavour_candidates_put - free a list of candidates and let their drivers go
 * @candidates: the list, empty afterwards
 */
void flavour_candidates_put(struct list_head *candidates)
{
	struct candidate *c, *next;

	list_for_each_entry_safe(c, next, candidates, list)
		candidate_free(c);
}

static bool is_in(const struct candidate *c, const struct list_head *candidates)
{
	const struct candidate *other;

	list_for_each_entry(other, candidates, list)
		if (other->drv == c->drv)
			return true;
	return false;
}

/**
 * flavour_candidates_drop - leave out of a list what is in another
 * @candidates: the list
 * @unwanted: the other one
 */
void flavour_candidates_drop(struct list_head *candidates, const struct list_head *unwanted)
{
	struct candidate *c, *next;

	list_for_each_entry_safe(c, next, candidates, list)
		if (is_in(c, unwanted))
			candidate_free(c);
}

static struct candidate *candidate_new(struct device_driver *drv, unsigned int rank)
{
	struct candidate *c = kmalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return ERR_PTR(-ENOMEM);
	if (!driver_get(drv)) {
		kfree(c);
		return NULL;
	}
	c->drv = drv;
	c->rank.name = drv->name;
	c->rank.value = rank;
	return c;
}

static void candidate_insert(struct candidate *c, struct list_head *candidates)
{
	struct candidate *other;

	list_for_each_entry(other, candidates, list)
		if (flavour_rank_cmp(&c->rank, &other->rank) < 0)
			break;
	list_add_tail(&c->list, &other->list);
}

static int rank_driver(struct device_driver *drv, void *data)
{
	struct ranking *r = data;
	unsigned int rank = flavour_bus_of(r->dev)->rank(r->dev, drv, r->flavour);
	struct candidate *c;

	if (rank == RANK_NONE)
		return 0;
	c = candidate_new(drv, rank);
	if (IS_ERR_OR_NULL(c))
		return PTR_ERR_OR_ZERO(c);
	trace_flavour_candidate(r->dev, drv->name, rank);
	candidate_insert(c, r->candidates);
	return 0;
}

/**
 * flavour_candidates_rank - the drivers whose own tables serve a device in a flavour
 * @dev: the device, of one of the buses
 * @flavour: the universe to look in
 * @candidates: an empty list, filled best first; flavour_candidates_put() it
 *
 * Return: 0 also if there are none, or -ENOMEM with the list empty.
 */
int flavour_candidates_rank(struct device *dev, enum flavour flavour,
			    struct list_head *candidates)
{
	struct ranking r = { .dev = dev, .flavour = flavour, .candidates = candidates };
	int ret = bus_for_each_drv(dev->bus, NULL, &r, rank_driver);

	if (ret)
		flavour_candidates_put(candidates);
	return ret;
}

static int match_driver(struct device_driver *drv, void *data)
{
	struct ranking *r = data;
	struct candidate *c;

	if (r->dev->bus->match(r->dev, drv) <= 0)
		return 0;
	c = candidate_new(drv, 0);
	if (IS_ERR_OR_NULL(c))
		return PTR_ERR_OR_ZERO(c);
	list_add_tail(&c->list, r->candidates);
	return 0;
}

/**
 * flavour_candidates_native - the drivers that the kernel's own matching would try
 * @dev: the device, its override cleared
 * @candidates: an empty list, filled in the order of registration, which is the
 *	kernel's; flavour_candidates_put() it
 *
 * Return: 0 also if there are none, or -ENOMEM with the list empty.
 */
int flavour_candidates_native(struct device *dev, struct list_head *candidates)
{
	struct ranking r = { .dev = dev, .candidates = candidates };
	int ret;

	/* Before 6.12.91 the match reads the override, which this lock guards. */
	device_lock(dev);
	ret = bus_for_each_drv(dev->bus, NULL, &r, match_driver);
	device_unlock(dev);
	if (ret)
		flavour_candidates_put(candidates);
	return ret;
}

struct bound {
	struct device *dev;
	struct device_driver *drv;
	enum flavour flavour;
};

/**
 * flavour_driver_probes - does a driver probe a device just now?
 * @dev: the device, its lock not needed
 *
 * Return: true if one does, with the device's lock held.
 */
bool flavour_driver_probes(const struct device *dev)
{
	return READ_ONCE(dev->driver) && READ_ONCE(dev->links.status) == DL_DEV_PROBING;
}

static int get_if_bound(struct device_driver *drv, void *data)
{
	struct bound *b = data;

	if (READ_ONCE(b->dev->driver) != drv || !flavour_driver_is_bound(b->dev))
		return 0;
	b->drv = driver_get(drv) ? drv : ERR_PTR(-EAGAIN);
	return 1;
}

/**
 * flavour_driver_get_bound - the driver that a device is bound to
 * @dev: the device, its lock not needed
 *
 * Return: the driver with its module held, for flavour_driver_put(); NULL if there is
 * none; ERR_PTR(-EAGAIN) if its module is just being loaded or unloaded.
 */
struct device_driver *flavour_driver_get_bound(struct device *dev)
{
	struct bound b = { .dev = dev };

	bus_for_each_drv(dev->bus, NULL, &b, get_if_bound);
	return b.drv;
}

static int flavour_if_bound(struct device_driver *drv, void *data)
{
	struct bound *b = data;

	if (READ_ONCE(b->dev->driver) != drv || !flavour_driver_is_bound(b->dev))
		return 0;
	b->flavour = flavour_bus_lists(b->dev, drv, FLAVOUR_VFIO) ?
		FLAVOUR_VFIO : FLAVOUR_NATIVE;
	return 1;
}

/**
 * flavour_driver_flavour - the flavour of the driver that a device is bound to
 * @dev: the device, of one of the buses, its lock not needed
 * @flavour: set if it has one
 *
 * Return: true if it has a driver.
 */
bool flavour_driver_flavour(struct device *dev, enum flavour *flavour)
{
	struct bound b = { .dev = dev };

	if (!flavour_driver_is_bound(dev) ||
	    !bus_for_each_drv(dev->bus, NULL, &b, flavour_if_bound))
		return false;
	*flavour = b.flavour;
	return true;
}
