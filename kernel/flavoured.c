// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices that have a flavour: a table, whose turn it is, who waits.
 *
 * A native device that nobody writes to has no entry here.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "candidate.h"
#include "flavoured.h"
#include "loader.h"

static DEFINE_HASHTABLE(table, 6);
static DEFINE_SPINLOCK(table_lock); /* the table, and the entries' fields that say so */
static bool stopping; /* no new users; by table_lock */
static atomic_t users = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(idle);
static DECLARE_WAIT_QUEUE_HEAD(attempted);
static struct workqueue_struct *late_queue;
static void (*late_bind)(struct flavoured *fd);
static bool remote; /* some task has run a callback of ours; by table_lock */

static struct flavoured *find_locked(struct device *dev)
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
	mutex_destroy(&fd->turn);
	put_device(fd->dev);
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

static void put_ref(struct flavoured *fd)
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
	put_ref(fd);
	user_left();
}

/*
 * A flavour other than native holds a reference, or else the entry would go.
 * Returns whether the caller has to put that reference, with the lock dropped.
 */
static bool set_locked(struct flavoured *fd, enum flavour flavour)
{
	bool was = fd->flavour != FLAVOUR_NATIVE, is = flavour != FLAVOUR_NATIVE;

	lockdep_assert_held(&table_lock);
	fd->flavour = flavour;
	if (is && !was)
		kref_get(&fd->ref);
	return was && !is;
}

/**
 * flavoured_set - note a device's flavour
 * @fd: its entry
 * @flavour: the flavour now in force
 */
void flavoured_set(struct flavoured *fd, enum flavour flavour)
{
	bool drop;

	spin_lock(&table_lock);
	drop = !fd->gone && set_locked(fd, flavour);
	spin_unlock(&table_lock);
	if (drop)
		put_ref(fd);
}

static void set_busy(struct flavoured *fd, bool busy)
{
	spin_lock(&table_lock);
	fd->busy = busy;
	spin_unlock(&table_lock);
}

/*
 * A device without a driver has the flavour it was given, until someone clears
 * the override that goes with it.
 */
static enum flavour in_force(struct device *dev, const struct flavour_bus *bus,
			     enum flavour given)
{
	return driver_flavour_bound(dev, bus,
				    bus->overridden(dev) ? given : FLAVOUR_NATIVE);
}

static void entered(struct flavoured *fd)
{
	set_busy(fd, true);
	flavoured_set(fd, in_force(fd->dev, fd->bus, fd->flavour));
}

/**
 * flavoured_enter - wait for one's turn to change a device's flavour
 * @fd: its entry
 *
 * Return: 0 with the turn taken and @fd->flavour up to date, or -EINTR.
 */
int flavoured_enter(struct flavoured *fd)
{
	if (mutex_lock_interruptible(&fd->turn))
		return -EINTR;
	entered(fd);
	return 0;
}

/**
 * flavoured_leave - let the next one change a device's flavour
 * @fd: its entry
 */
void flavoured_leave(struct flavoured *fd)
{
	set_busy(fd, false);
	mutex_unlock(&fd->turn);
	if (test_and_clear_bit(FLAVOURED_AGAIN, &fd->flags))
		flavoured_queue(fd);
}

/* Whoever has the turn sees AGAIN when it leaves; so set that before trying. */
static void late_work(struct work_struct *work)
{
	struct flavoured *fd = container_of(work, struct flavoured, late);

	/* The probe that asked for it may not have returned yet, but will soon. */
	if (driver_looks_in(fd->dev)) {
		device_lock(fd->dev);
		device_unlock(fd->dev);
	}

	set_bit(FLAVOURED_AGAIN, &fd->flags);
	/* One that fails to lock orders nothing. Pairs with flavoured_leave(). */
	smp_mb__after_atomic();
	if (mutex_trylock(&fd->turn)) {
		clear_bit(FLAVOURED_AGAIN, &fd->flags);
		entered(fd);
		late_bind(fd);
		WRITE_ONCE(fd->attempts, fd->attempts + 1);
		flavoured_leave(fd);
		wake_up_all(&attempted);
	}
	flavoured_put(fd);
}

static struct flavoured *new_flavoured(struct device *dev, const struct flavour_bus *bus)
{
	struct flavoured *fd = kzalloc(sizeof(*fd), GFP_KERNEL);

	if (!fd)
		return NULL;
	kref_init(&fd->ref);
	mutex_init(&fd->turn);
	INIT_WORK(&fd->late, late_work);
	fd->dev = get_device(dev);
	fd->bus = bus;
	return fd;
}

/* Returns the device's entry, or @fresh, which may be NULL, if it has none. */
static struct flavoured *find_or_add(struct device *dev, struct flavoured *fresh)
{
	struct flavoured *fd;

	spin_lock(&table_lock);
	fd = stopping ? ERR_PTR(-ENODEV) : find_locked(dev) ?: fresh;
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
	struct flavoured *fd = find_or_add(dev, NULL), *fresh;

	if (fd)
		return fd;
	fresh = new_flavoured(dev, bus);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fd = find_or_add(dev, fresh);
	if (fd != fresh)
		free_flavoured(fresh);
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
 * flavoured_read - the flavour in force
 * @dev: a device
 * @bus: its bus
 *
 * Takes no lock that is held while a driver binds. While the flavour changes,
 * it is still the former one.
 *
 * Return: the flavour.
 */
enum flavour flavoured_read(struct device *dev, const struct flavour_bus *bus)
{
	enum flavour flavour = FLAVOUR_NATIVE;
	struct flavoured *fd;
	bool busy = false;

	spin_lock(&table_lock);
	fd = find_locked(dev);
	if (fd) {
		flavour = fd->flavour;
		busy = fd->busy;
	}
	spin_unlock(&table_lock);
	return busy ? flavour : in_force(dev, bus, flavour);
}

/**
 * flavoured_bound - a driver has bound a device, whoever told it to
 * @dev: the device, locked
 * @flavour: the driver's
 */
void flavoured_bound(struct device *dev, enum flavour flavour)
{
	struct flavoured *fd;
	bool drop;

	spin_lock(&table_lock);
	fd = find_locked(dev);
	drop = fd && !fd->busy && set_locked(fd, flavour);
	spin_unlock(&table_lock);
	if (drop)
		put_ref(fd);
}

static void stop_waiting(void)
{
	loader_wake();
	wake_up_all(&attempted);
}

/* Returns whether the caller has to put a reference, with the lock dropped. */
static bool set_gone_locked(struct flavoured *fd)
{
	bool drop = set_locked(fd, FLAVOUR_NATIVE);

	fd->gone = true;
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
	struct flavoured *fd = flavoured_get(dev, bus);
	bool drop;

	if (IS_ERR(fd))
		return;
	spin_lock(&table_lock);
	drop = set_gone_locked(fd);
	spin_unlock(&table_lock);
	if (drop)
		put_ref(fd);
	stop_waiting();
	/* The reference stays with the table. */
	user_left();
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
	fd = find_locked(dev);
	if (fd) {
		marked = fd->gone;
		drop = set_gone_locked(fd);
		hash_del(&fd->node);
	}
	spin_unlock(&table_lock);
	if (drop)
		put_ref(fd);
	if (marked)
		put_ref(fd);
}

static void queue_locked(struct flavoured *fd)
{
	lockdep_assert_held(&table_lock);
	if (stopping)
		return;
	kref_get(&fd->ref);
	atomic_inc(&users);
	if (queue_work(late_queue, &fd->late))
		return;
	/* Queued already, with a reference; and the caller's is another. */
	refcount_dec(&fd->ref.refcount);
	user_left();
}

/**
 * flavoured_queue - bind a device soon, if it waits for a driver
 * @fd: its entry, with a reference held
 */
void flavoured_queue(struct flavoured *fd)
{
	spin_lock(&table_lock);
	queue_locked(fd);
	spin_unlock(&table_lock);
}

/**
 * flavoured_queue_all - a driver came: bind the devices that wait for one
 */
void flavoured_queue_all(void)
{
	struct flavoured *fd;
	int bucket;

	spin_lock(&table_lock);
	hash_for_each(table, bucket, fd, node)
		if (fd->flavour == FLAVOUR_VFIO && !READ_ONCE(fd->dev->driver))
			queue_locked(fd);
	spin_unlock(&table_lock);
}

/**
 * flavoured_on_turn - what to do for a queued device
 * @late: called with the device's turn taken
 */
void flavoured_on_turn(void (*late)(struct flavoured *fd))
{
	late_bind = late;
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
 * flavoured_attempts - how often a queued device has had its turn
 * @fd: its entry
 *
 * Return: a number for flavoured_wait().
 */
unsigned int flavoured_attempts(const struct flavoured *fd)
{
	return READ_ONCE(fd->attempts);
}

/**
 * flavoured_wait - wait until a queued device has had its turn, or a signal comes
 * @fd: its entry
 * @seen: from flavoured_attempts(), before it was queued
 * @timeout: in jiffies
 */
void flavoured_wait(struct flavoured *fd, unsigned int seen, long timeout)
{
	wait_event_interruptible_timeout(attempted,
					 flavoured_attempts(fd) != seen || flavoured_stopped(fd),
					 timeout);
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
	wait_event(idle, !atomic_read(&users));
	/* A callback may have a few instructions of ours left to run. */
	if (remote)
		synchronize_rcu_tasks();
}

/**
 * flavoured_init - get ready for flavoured devices
 *
 * Return: 0 or -ENOMEM.
 */
int flavoured_init(void)
{
	late_queue = alloc_workqueue("driver_flavour", WQ_UNBOUND, 0);
	return late_queue ? 0 : -ENOMEM;
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

	destroy_workqueue(late_queue);
	hash_for_each_safe(table, bucket, next, fd, node)
		put_ref(fd);
}
