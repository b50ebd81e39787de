// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of devices that have a flavour: what is in force, and which requests
 * wait.
 *
 * A native device that was never written to has no entry here.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "bus.h"
#include "candidate.h"
#include "device.h"
#include "group.h"
#include "loader.h"

static DEFINE_HASHTABLE(table, 6);
static DEFINE_SPINLOCK(table_lock); /* the table, its entries and their requests */
static bool stopping; /* no new users; by table_lock */
static bool suspended; /* user space is frozen, or about to be */
static atomic_t users = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(idle);
static DECLARE_WAIT_QUEUE_HEAD(attempted);
static struct workqueue_struct *queue;
static work_func_t do_work;
static bool remote; /* a task has run a callback of this module; by table_lock */

/**
 * flavour_device_lock - lock the table, its entries and their requests
 */
void flavour_device_lock(void)
	__acquires(&table_lock)
{
	spin_lock(&table_lock);
}

/**
 * flavour_device_unlock - the end of flavour_device_lock()
 */
void flavour_device_unlock(void)
	__releases(&table_lock)
{
	spin_unlock(&table_lock);
}

/**
 * flavour_device_find_locked - a device's entry, if it has one
 * @dev: the device
 *
 * Return: the entry, NULL without one.
 */
struct flavour_device *flavour_device_find_locked(struct device *dev)
{
	struct flavour_device *fdev;

	lockdep_assert_held(&table_lock);
	hash_for_each_possible(table, fdev, node, (unsigned long)dev)
		if (fdev->dev == dev)
			return fdev;
	return NULL;
}

static void device_free(struct flavour_device *fdev)
{
	put_device(fdev->dev);
	kfree(fdev->wrote);
	kfree(fdev);
}

static void last_ref(struct kref *ref)
	__releases(&table_lock)
{
	struct flavour_device *fdev = container_of(ref, struct flavour_device, ref);

	hash_del(&fdev->node);
	spin_unlock(&table_lock);
	device_free(fdev);
}

/**
 * flavour_device_drop - put a reference that is nobody's use
 * @fdev: the entry
 */
void flavour_device_drop(struct flavour_device *fdev)
{
	kref_put_lock(&fdev->ref, last_ref, &table_lock);
}

static void user_left(void)
{
	if (atomic_dec_and_test(&users))
		wake_up_all(&idle);
}

/**
 * flavour_device_put - the end of flavour_device_get()
 * @fdev: the entry, which goes if the device is native and has no other user
 */
void flavour_device_put(struct flavour_device *fdev)
{
	flavour_device_drop(fdev);
	user_left();
}

/**
 * flavour_device_put_remote - flavour_device_put(), at the end of a callback
 * @fdev: the entry
 *
 * Nothing but flavour_device_stop() keeps this module in memory for the caller.
 */
void flavour_device_put_remote(struct flavour_device *fdev)
{
	spin_lock(&table_lock);
	remote = true;
	spin_unlock(&table_lock);
	flavour_device_put(fdev);
}

/**
 * flavour_device_set_locked - note the flavour that a device was given
 * @fdev: its entry
 * @flavour: the flavour; other than native it holds a reference, or else the
 *	entry would go
 *
 * Return: true if the caller has to flavour_device_drop() the entry, unlocked.
 */
bool flavour_device_set_locked(struct flavour_device *fdev, enum flavour flavour)
{
	bool was = fdev->flavour != FLAVOUR_NATIVE, is = flavour != FLAVOUR_NATIVE;

	lockdep_assert_held(&table_lock);
	fdev->flavour = flavour;
	if (is && !was)
		kref_get(&fdev->ref);
	return was && !is;
}

/**
 * flavour_device_set - note the flavour that a device was given
 * @fdev: its entry
 * @flavour: the flavour
 */
void flavour_device_set(struct flavour_device *fdev, enum flavour flavour)
{
	bool drop;

	spin_lock(&table_lock);
	drop = !fdev->gone && flavour_device_set_locked(fdev, flavour);
	spin_unlock(&table_lock);
	if (drop)
		flavour_device_drop(fdev);
}

/**
 * flavour_device_end - the end of flavour_device_begin()
 * @fdev: the entry
 */
void flavour_device_end(struct flavour_device *fdev)
{
	spin_lock(&table_lock);
	fdev->busy = false;
	fdev->attempts++;
	spin_unlock(&table_lock);
	wake_up_all(&attempted);
}

/* Wake the waiters of all requests, which check again whether to go on. */
static void wake_requests_locked(struct flavour_device *fdev)
{
	struct request *req;

	lockdep_assert_held(&table_lock);
	list_for_each_entry(req, &fdev->requests, list)
		wake_up(&req->wait);
}

/**
 * flavour_device_set_overdue - note that a driver does not return, or that it did
 * @fdev: the device's entry
 * @overdue: does it keep us?
 */
void flavour_device_set_overdue(struct flavour_device *fdev, bool overdue)
{
	spin_lock(&table_lock);
	fdev->overdue = overdue;
	if (overdue)
		wake_requests_locked(fdev);
	spin_unlock(&table_lock);
	wake_up_all(&attempted);
}

static struct flavour_device *device_new(struct device *dev)
{
	struct flavour_device *fdev = kzalloc(sizeof(*fdev), GFP_KERNEL);

	if (!fdev)
		return NULL;
	kref_init(&fdev->ref);
	INIT_LIST_HEAD(&fdev->requests);
	INIT_WORK(&fdev->work, do_work);
	fdev->dev = get_device(dev);
	fdev->bus = flavour_bus_of(dev);
	return fdev;
}

/*
 * Returns the device's entry, or @fresh, which may be NULL, if it has none. To
 * mark a device as gone is allowed even if the module is about to go.
 */
static struct flavour_device *find_or_add(struct device *dev, struct flavour_device *fresh,
					  bool marking)
{
	struct flavour_device *fdev;

	spin_lock(&table_lock);
	fdev = stopping && !marking ? ERR_PTR(-ENODEV) : flavour_device_find_locked(dev) ?: fresh;
	if (!IS_ERR_OR_NULL(fdev)) {
		if (fdev == fresh)
			hash_add(table, &fresh->node, (unsigned long)dev);
		else
			kref_get(&fdev->ref);
		atomic_inc(&users);
	}
	spin_unlock(&table_lock);
	return fdev;
}

static struct flavour_device *get(struct device *dev, bool marking)
{
	struct flavour_device *fdev = find_or_add(dev, NULL, marking), *fresh;

	if (fdev)
		return fdev;
	fresh = device_new(dev);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fdev = find_or_add(dev, fresh, marking);
	if (fdev != fresh)
		device_free(fresh);
	return fdev;
}

/**
 * flavour_device_get - a device's entry, made if need be
 * @dev: the device, of one of the buses, not removed yet
 *
 * Return: the entry, for flavour_device_put(); ERR_PTR(-ENOMEM), or ERR_PTR(-ENODEV)
 * if the module is about to go.
 */
struct flavour_device *flavour_device_get(struct device *dev)
{
	return get(dev, false);
}

/**
 * flavour_device_ref - one more user of an entry
 * @fdev: the entry, with a reference held
 *
 * Return: @fdev, for flavour_device_put().
 */
struct flavour_device *flavour_device_ref(struct flavour_device *fdev)
{
	kref_get(&fdev->ref);
	atomic_inc(&users);
	return fdev;
}

/**
 * flavour_device_stopped - is it of no use to go on?
 * @fdev: an entry
 *
 * Return: true if the device is being removed or this module unloaded.
 */
bool flavour_device_stopped(const struct flavour_device *fdev)
{
	return READ_ONCE(fdev->gone) || READ_ONCE(stopping);
}

/**
 * flavour_device_bound - a driver has bound a device, for whatever reason
 * @dev: the device, locked
 * @flavour: the driver's
 */
void flavour_device_bound(struct device *dev, enum flavour flavour)
{
	struct flavour_device *fdev;
	bool drop = false;

	spin_lock(&table_lock);
	fdev = flavour_device_find_locked(dev);
	if (fdev)
		clear_bit(FLAVOUR_DEVICE_ALONE, &fdev->flags);
	if (fdev && !fdev->busy)
		drop = flavour_device_set_locked(fdev, flavour);
	spin_unlock(&table_lock);
	if (drop)
		flavour_device_drop(fdev);
}

/**
 * flavour_device_unbinding - a device's driver is being unbound, and not unloaded
 * @dev: the device, locked
 *
 * If it is not this module that unbinds it, drivers that are registered later must
 * not bind it.
 */
void flavour_device_unbinding(struct device *dev)
{
	struct flavour_device *fdev;

	spin_lock(&table_lock);
	fdev = flavour_device_find_locked(dev);
	if (fdev && !fdev->busy)
		set_bit(FLAVOUR_DEVICE_ALONE, &fdev->flags);
	spin_unlock(&table_lock);
}

static void stop_waiting(void)
{
	flavour_loader_wake();
	flavour_group_wake();
	wake_up_all(&attempted);
}

/* Returns whether the caller has to put a reference, with the lock dropped. */
static bool set_gone_locked(struct flavour_device *fdev)
{
	bool drop = flavour_device_set_locked(fdev, FLAVOUR_NATIVE);

	fdev->gone = true;
	wake_requests_locked(fdev);
	return drop;
}

/**
 * flavour_device_going - a device is about to be removed
 * @dev: the device; what waits on its behalf stops waiting, and whoever still
 *	comes finds it gone, until flavour_device_removed()
 */
void flavour_device_going(struct device *dev)
{
	struct flavour_device *fdev = get(dev, true);
	bool drop;

	if (IS_ERR(fdev))
		return;
	spin_lock(&table_lock);
	drop = set_gone_locked(fdev);
	spin_unlock(&table_lock);
	if (drop)
		flavour_device_drop(fdev);
	stop_waiting();
	/* The reference stays with the table. */
	user_left();
}

/**
 * flavour_device_is_going - is a device on its way out?
 * @dev: the device
 *
 * Return: true from flavour_device_going() to flavour_device_removed().
 */
bool flavour_device_is_going(struct device *dev)
{
	struct flavour_device *fdev;
	bool going;

	spin_lock(&table_lock);
	fdev = flavour_device_find_locked(dev);
	going = fdev && fdev->gone;
	spin_unlock(&table_lock);
	return going;
}

/**
 * flavour_device_removed - a device has been removed
 * @dev: the device
 */
void flavour_device_removed(struct device *dev)
{
	bool drop = false, marked = false;
	struct flavour_device *fdev;

	spin_lock(&table_lock);
	fdev = flavour_device_find_locked(dev);
	if (fdev) {
		marked = fdev->gone;
		drop = set_gone_locked(fdev);
		hash_del(&fdev->node);
	}
	spin_unlock(&table_lock);
	if (drop)
		flavour_device_drop(fdev);
	if (marked)
		flavour_device_drop(fdev);
}

/**
 * flavour_device_queue - have an entry's work done soon
 * @fdev: the entry, in the table or with a reference held
 */
void flavour_device_queue(struct flavour_device *fdev)
{
	flavour_device_ref(fdev);
	/* If it was queued already: not the last reference, so this takes no lock. */
	if (!queue_work(queue, &fdev->work))
		flavour_device_put(fdev);
}

/**
 * flavour_device_queue_pending - do what was put off while user space was frozen
 */
void flavour_device_queue_pending(void)
{
	struct flavour_device *fdev;
	int bucket;

	spin_lock(&table_lock);
	hash_for_each(table, bucket, fdev, node)
		if (!stopping && test_bit(FLAVOUR_DEVICE_BIND, &fdev->flags))
			flavour_device_queue(fdev);
	spin_unlock(&table_lock);
}

/**
 * flavour_device_attempts - how often a device has had its turn
 * @fdev: its entry
 *
 * Return: a number for flavour_device_wait().
 */
unsigned int flavour_device_attempts(const struct flavour_device *fdev)
{
	return READ_ONCE(fdev->attempts);
}

/**
 * flavour_device_wait - wait until a queued device has had its turn
 * @fdev: its entry
 * @seen: from flavour_device_attempts(), before it was queued
 * @timeout: in jiffies
 *
 * Only a signal that ends the task ends it before.
 */
void flavour_device_wait(struct flavour_device *fdev, unsigned int seen, long timeout)
{
	wait_event_killable_timeout(attempted,
				    flavour_device_attempts(fdev) != seen ||
				    flavour_device_stopped(fdev) ||
				    READ_ONCE(fdev->overdue) || flavour_device_suspended(),
				    timeout);
}

/**
 * flavour_device_suspend - user space is about to be frozen, or thawed
 * @suspend: which of the two
 */
void flavour_device_suspend(bool suspend)
{
	WRITE_ONCE(suspended, suspend);
	stop_waiting();
}

/**
 * flavour_device_suspended - can no program be run?
 *
 * Return: true between flavour_device_suspend(true) and flavour_device_suspend(false).
 */
bool flavour_device_suspended(void)
{
	return READ_ONCE(suspended);
}

/**
 * flavour_device_stop - let no new user in, and wait until the others are out
 *
 * Loaders that run are ended. Binds under way are waited for.
 */
void flavour_device_stop(void)
{
	bool was_remote;

	spin_lock(&table_lock);
	stopping = true;
	spin_unlock(&table_lock);
	stop_waiting();
	wait_event_idle(idle, !atomic_read(&users));
	spin_lock(&table_lock);
	was_remote = remote;
	spin_unlock(&table_lock);
	/* A task may still be in the last instructions of a callback of this module. */
	if (was_remote)
		synchronize_rcu_tasks();
}

/**
 * flavour_device_init - get ready for flavoured devices
 * @work: the work of an entry that was queued
 *
 * Return: 0 or -ENOMEM.
 */
int flavour_device_init(work_func_t work)
{
	do_work = work;
	queue = alloc_workqueue("driver_flavour", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return queue ? 0 : -ENOMEM;
}

/**
 * flavour_device_exit - forget all flavours; the devices stay as they are
 *
 * After flavour_device_stop().
 */
void flavour_device_exit(void)
{
	struct flavour_device *fdev;
	struct hlist_node *next;
	int bucket;

	destroy_workqueue(queue);
	hash_for_each_safe(table, bucket, next, fdev, node)
		flavour_device_drop(fdev);
}
