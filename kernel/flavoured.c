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

#include "candidate.h"
#include "flavoured.h"
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
 * flavoured_lock - lock the table, its entries and their requests
 */
void flavoured_lock(void)
	__acquires(&table_lock)
{
	spin_lock(&table_lock);
}

/**
 * flavoured_unlock - the end of flavoured_lock()
 */
void flavoured_unlock(void)
	__releases(&table_lock)
{
	spin_unlock(&table_lock);
}

/**
 * flavoured_find_locked - a device's entry, if it has one
 * @dev: the device
 *
 * Return: the entry, NULL without one.
 */
struct flavoured *flavoured_find_locked(struct device *dev)
{
	struct flavoured *fd;

	lockdep_assert_held(&table_lock);
	hash_for_each_possible(table, fd, node, (unsigned long)dev)
		if (fd->dev == dev)
			return fd;
	return NULL;
}

static void free_flavoured(struct flavoured *fd)
{
	put_device(fd->dev);
	kfree(fd->wrote);
	kfree(fd);
}

static void last_ref(struct kref *ref)
	__releases(&table_lock)
{
	struct flavoured *fd = container_of(ref, struct flavoured, ref);

	hash_del(&fd->node);
	spin_unlock(&table_lock);
	free_flavoured(fd);
}

/**
 * flavoured_drop - put a reference that is nobody's use
 * @fd: the entry
 */
void flavoured_drop(struct flavoured *fd)
{
	kref_put_lock(&fd->ref, last_ref, &table_lock);
}

static void user_left(void)
{
	if (atomic_dec_and_test(&users))
		wake_up_all(&idle);
}

/**
 * flavoured_put - the end of flavoured_get()
 * @fd: the entry, which goes if the device is native and has no other user
 */
void flavoured_put(struct flavoured *fd)
{
	flavoured_drop(fd);
	user_left();
}

/**
 * flavoured_put_remote - flavoured_put(), at the end of a callback
 * @fd: the entry
 *
 * Nothing but flavoured_stop() keeps this module in memory for the caller.
 */
void flavoured_put_remote(struct flavoured *fd)
{
	spin_lock(&table_lock);
	remote = true;
	spin_unlock(&table_lock);
	flavoured_put(fd);
}

/**
 * flavoured_set_locked - note the flavour that a device was given
 * @fd: its entry
 * @flavour: the flavour; other than native it holds a reference, or else the
 *	entry would go
 *
 * Return: true if the caller has to flavoured_drop() the entry, unlocked.
 */
bool flavoured_set_locked(struct flavoured *fd, enum flavour flavour)
{
	bool was = fd->flavour != FLAVOUR_NATIVE, is = flavour != FLAVOUR_NATIVE;

	lockdep_assert_held(&table_lock);
	fd->flavour = flavour;
	if (is && !was)
		kref_get(&fd->ref);
	return was && !is;
}

/**
 * flavoured_set - note the flavour that a device was given
 * @fd: its entry
 * @flavour: the flavour
 */
void flavoured_set(struct flavoured *fd, enum flavour flavour)
{
	bool drop;

	spin_lock(&table_lock);
	drop = !fd->gone && flavoured_set_locked(fd, flavour);
	spin_unlock(&table_lock);
	if (drop)
		flavoured_drop(fd);
}

/**
 * flavoured_end - the end of flavoured_begin()
 * @fd: the entry
 */
void flavoured_end(struct flavoured *fd)
{
	spin_lock(&table_lock);
	fd->busy = false;
	fd->attempts++;
	spin_unlock(&table_lock);
	wake_up_all(&attempted);
}

/* Wake the waiters of all requests, which check again whether to go on. */
static void wake_requests_locked(struct flavoured *fd)
{
	struct request *req;

	lockdep_assert_held(&table_lock);
	list_for_each_entry(req, &fd->requests, list)
		wake_up(&req->wait);
}

/**
 * flavoured_set_overdue - note that a driver does not return, or that it did
 * @fd: the device's entry
 * @overdue: does it keep us?
 */
void flavoured_set_overdue(struct flavoured *fd, bool overdue)
{
	spin_lock(&table_lock);
	fd->overdue = overdue;
	if (overdue)
		wake_requests_locked(fd);
	spin_unlock(&table_lock);
	wake_up_all(&attempted);
}

static struct flavoured *new_flavoured(struct device *dev, const struct flavour_bus *bus)
{
	struct flavoured *fd = kzalloc(sizeof(*fd), GFP_KERNEL);

	if (!fd)
		return NULL;
	kref_init(&fd->ref);
	INIT_LIST_HEAD(&fd->requests);
	INIT_WORK(&fd->work, do_work);
	fd->dev = get_device(dev);
	fd->bus = bus;
	return fd;
}

/*
 * Returns the device's entry, or @fresh, which may be NULL, if it has none. To
 * mark a device as gone is allowed even if the module is about to go.
 */
static struct flavoured *find_or_add(struct device *dev, struct flavoured *fresh, bool marking)
{
	struct flavoured *fd;

	spin_lock(&table_lock);
	fd = stopping && !marking ? ERR_PTR(-ENODEV) : flavoured_find_locked(dev) ?: fresh;
	if (!IS_ERR_OR_NULL(fd)) {
		if (fd == fresh)
			hash_add(table, &fresh->node, (unsigned long)dev);
		else
			kref_get(&fd->ref);
		atomic_inc(&users);
	}
	spin_unlock(&table_lock);
	return fd;
}

static struct flavoured *get(struct device *dev, const struct flavour_bus *bus, bool marking)
{
	struct flavoured *fd = find_or_add(dev, NULL, marking), *fresh;

	if (fd)
		return fd;
	fresh = new_flavoured(dev, bus);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fd = find_or_add(dev, fresh, marking);
	if (fd != fresh)
		free_flavoured(fresh);
	return fd;
}

/**
 * flavoured_get - a device's entry, made if need be
 * @dev: the device, not removed yet
 * @bus: its bus
 *
 * Return: the entry, for flavoured_put(); ERR_PTR(-ENOMEM), or ERR_PTR(-ENODEV)
 * if the module is about to go.
 */
struct flavoured *flavoured_get(struct device *dev, const struct flavour_bus *bus)
{
	return get(dev, bus, false);
}

/**
 * flavoured_ref - one more user of an entry
 * @fd: the entry, with a reference held
 *
 * Return: @fd, for flavoured_put().
 */
struct flavoured *flavoured_ref(struct flavoured *fd)
{
	kref_get(&fd->ref);
	atomic_inc(&users);
	return fd;
}

/**
 * flavoured_stopped - is it of no use to go on?
 * @fd: an entry
 *
 * Return: true if the device is being removed or this module unloaded.
 */
bool flavoured_stopped(const struct flavoured *fd)
{
	return READ_ONCE(fd->gone) || READ_ONCE(stopping);
}

/**
 * flavoured_bound - a driver has bound a device, for whatever reason
 * @dev: the device, locked
 * @flavour: the driver's
 */
void flavoured_bound(struct device *dev, enum flavour flavour)
{
	struct flavoured *fd;
	bool drop = false;

	spin_lock(&table_lock);
	fd = flavoured_find_locked(dev);
	if (fd)
		clear_bit(FLAVOURED_ALONE, &fd->flags);
	if (fd && !fd->busy)
		drop = flavoured_set_locked(fd, flavour);
	spin_unlock(&table_lock);
	if (drop)
		flavoured_drop(fd);
}

/**
 * flavoured_unbinding - a device's driver is being unbound, and not unloaded
 * @dev: the device, locked
 *
 * If it is not this module that unbinds it, drivers that are registered later must
 * not bind it.
 */
void flavoured_unbinding(struct device *dev)
{
	struct flavoured *fd;

	spin_lock(&table_lock);
	fd = flavoured_find_locked(dev);
	if (fd && !fd->busy)
		set_bit(FLAVOURED_ALONE, &fd->flags);
	spin_unlock(&table_lock);
}

static void stop_waiting(void)
{
	loader_wake();
	group_wake();
	wake_up_all(&attempted);
}

/* Returns whether the caller has to put a reference, with the lock dropped. */
static bool set_gone_locked(struct flavoured *fd)
{
	bool drop = flavoured_set_locked(fd, FLAVOUR_NATIVE);

	fd->gone = true;
	wake_requests_locked(fd);
	return drop;
}

/**
 * flavoured_going - a device is about to be removed
 * @dev: the device; what waits on its behalf stops waiting, and whoever still
 *	comes finds it gone, until flavoured_removed()
 * @bus: its bus
 */
void flavoured_going(struct device *dev, const struct flavour_bus *bus)
{
	struct flavoured *fd = get(dev, bus, true);
	bool drop;

	if (IS_ERR(fd))
		return;
	spin_lock(&table_lock);
	drop = set_gone_locked(fd);
	spin_unlock(&table_lock);
	if (drop)
		flavoured_drop(fd);
	stop_waiting();
	/* The reference stays with the table. */
	user_left();
}

/**
 * flavoured_is_going - is a device on its way out?
 * @dev: the device
 *
 * Return: true from flavoured_going() to flavoured_removed().
 */
bool flavoured_is_going(struct device *dev)
{
	struct flavoured *fd;
	bool going;

	spin_lock(&table_lock);
	fd = flavoured_find_locked(dev);
	going = fd && fd->gone;
	spin_unlock(&table_lock);
	return going;
}

/**
 * flavoured_removed - a device has been removed
 * @dev: the device
 */
void flavoured_removed(struct device *dev)
{
	bool drop = false, marked = false;
	struct flavoured *fd;

	spin_lock(&table_lock);
	fd = flavoured_find_locked(dev);
	if (fd) {
		marked = fd->gone;
		drop = set_gone_locked(fd);
		hash_del(&fd->node);
	}
	spin_unlock(&table_lock);
	if (drop)
		flavoured_drop(fd);
	if (marked)
		flavoured_drop(fd);
}

/**
 * flavoured_queue - have an entry's work done soon
 * @fd: the entry, in the table or with a reference held
 */
void flavoured_queue(struct flavoured *fd)
{
	flavoured_ref(fd);
	if (queue_work(queue, &fd->work))
		return;
	/* Already queued. Never the last reference: the caller has one. */
	kref_put(&fd->ref, last_ref);
	user_left();
}

/**
 * flavoured_queue_pending - do what was put off while user space was frozen
 */
void flavoured_queue_pending(void)
{
	struct flavoured *fd;
	int bucket;

	spin_lock(&table_lock);
	hash_for_each(table, bucket, fd, node)
		if (!stopping && test_bit(FLAVOURED_BIND, &fd->flags))
			flavoured_queue(fd);
	spin_unlock(&table_lock);
}

/**
 * flavoured_attempts - how often a device has had its turn
 * @fd: its entry
 *
 * Return: a number for flavoured_wait().
 */
unsigned int flavoured_attempts(const struct flavoured *fd)
{
	return READ_ONCE(fd->attempts);
}

/**
 * flavoured_wait - wait until a queued device has had its turn
 * @fd: its entry
 * @seen: from flavoured_attempts(), before it was queued
 * @timeout: in jiffies
 *
 * Only a signal that ends the task ends it before.
 */
void flavoured_wait(struct flavoured *fd, unsigned int seen, long timeout)
{
	wait_event_killable_timeout(attempted,
				    flavoured_attempts(fd) != seen || flavoured_stopped(fd) ||
				    READ_ONCE(fd->overdue) || flavoured_suspended(),
				    timeout);
}

/**
 * flavoured_suspend - user space is about to be frozen, or thawed
 * @suspend: which of the two
 */
void flavoured_suspend(bool suspend)
{
	WRITE_ONCE(suspended, suspend);
	stop_waiting();
}

/**
 * flavoured_suspended - can no program be run?
 *
 * Return: true between flavoured_suspend(true) and flavoured_suspend(false).
 */
bool flavoured_suspended(void)
{
	return READ_ONCE(suspended);
}

/**
 * flavoured_stop - let no new user in, and wait until the others are out
 *
 * Loaders that run are ended. Binds under way are waited for.
 */
void flavoured_stop(void)
{
	spin_lock(&table_lock);
	stopping = true;
	spin_unlock(&table_lock);
	stop_waiting();
	wait_event_idle(idle, !atomic_read(&users));
	/* A task may still be in the last instructions of a callback of this module. */
	if (remote)
		synchronize_rcu_tasks();
}

/**
 * flavoured_init - get ready for flavoured devices
 * @work: the work of an entry that was queued
 *
 * Return: 0 or -ENOMEM.
 */
int flavoured_init(work_func_t work)
{
	do_work = work;
	queue = alloc_workqueue("driver_flavour", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return queue ? 0 : -ENOMEM;
}

/**
 * flavoured_exit - forget all flavours; the devices stay as they are
 *
 * After flavoured_stop().
 */
void flavoured_exit(void)
{
	struct flavoured *fd;
	struct hlist_node *next;
	int bucket;

	destroy_workqueue(queue);
	hash_for_each_safe(table, bucket, next, fd, node)
		flavoured_drop(fd);
}
