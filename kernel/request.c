// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for a device are carried out by a work item, one after the other; the
 * writers wait for it.
 *
 * So probe and remove of drivers run where no signal of the writer can reach
 * them: in a task that is being killed, a probe that starts a kernel thread
 * fails, and then not even the former driver could be bound again. And the writer
 * can always stop waiting: on a signal, when the device or this module is
 * removed, and when a driver does not return.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "flavoured.h"
#include "loader.h"
#include "request.h"
#include "watchdog.h"

static void (*do_late)(struct flavoured *fd);

static void request_free(struct kref *ref)
{
	struct request *req = container_of(ref, struct request, ref);

	flavoured_put(req->fd);
	kfree(req);
}

static struct request *request_new(struct flavoured *fd, enum flavour want)
{
	struct request *req = kzalloc(sizeof(*req), GFP_KERNEL);

	if (!req)
		return NULL;
	INIT_LIST_HEAD(&req->list);
	kref_init(&req->ref);
	init_waitqueue_head(&req->wait);
	req->fd = flavoured_ref(fd);
	req->want = want;
	req->may_load = loader_allowed();
	return req;
}

static int request_add(struct request *req)
{
	struct flavoured *fd = req->fd;
	int ret = 0;

	flavoured_lock();
	if (fd->overdue)
		ret = -EBUSY;
	else if (flavoured_stopped(fd))
		ret = -ENODEV;
	else
		list_add_tail(&req->list, &fd->requests);
	flavoured_unlock();
	if (ret)
		return ret;
	kref_get(&req->ref);
	flavoured_queue(fd);
	return 0;
}

/*
 * Marks the request as begun, under the same lock under which request_leave()
 * withdraws a request that has not begun.
 */
static struct request *request_next(struct flavoured *fd)
{
	struct request *req;

	flavoured_lock();
	req = list_first_entry_or_null(&fd->requests, struct request, list);
	if (req)
		req->begun = true;
	flavoured_unlock();
	return req;
}

static void request_done(struct request *req, int ret)
{
	flavoured_lock();
	list_del_init(&req->list);
	req->ret = ret;
	req->done = true;
	wake_up(&req->wait);
	flavoured_unlock();
	kref_put(&req->ref, request_free);
}

static void request_work(struct work_struct *work)
{
	struct flavoured *fd = container_of(work, struct flavoured, work);
	struct request *req;

	watchdog_await_probe(fd);
	flavoured_begin(fd);
	while ((req = request_next(fd)))
		request_done(req, flavour_change(req));
	do_late(fd);
	flavoured_end(fd);
	flavoured_put(fd);
}

/**
 * request_touch - a request is about to touch the device
 * @req: the request
 *
 * From here to request_let_go() its writer stays, unless it is killed: a write
 * that a signal ended has touched nothing.
 *
 * Return: 0, or -EINTR if the writer has left.
 */
int request_touch(struct request *req)
{
	int ret = 0;

	flavoured_lock();
	if (req->left)
		ret = -EINTR;
	else
		req->touching = true;
	flavoured_unlock();
	return ret;
}

/**
 * request_let_go - the end of request_touch(): the device has its flavour, or is
 * as it was
 * @req: the request
 */
void request_let_go(struct request *req)
{
	if (req->late)
		return;
	flavoured_lock();
	req->touching = false;
	wake_up(&req->wait);
	flavoured_unlock();
}

static bool is_over(const struct request *req)
{
	return READ_ONCE(req->done) || READ_ONCE(req->fd->overdue) || READ_ONCE(req->fd->gone);
}

/*
 * Stops waiting for a request; @ret is the result of the wait. A request that has
 * not begun is withdrawn. Returns the error for the writer, or 1 if it has to
 * wait on.
 */
static int request_leave(struct request *req, int ret)
{
	struct flavoured *fd = req->fd;
	bool withdrawn;

	flavoured_lock();
	if (req->done)
		ret = req->ret;
	else if (fd->gone)
		ret = -ENODEV;
	else if (fd->overdue)
		ret = req->begun ? -EINPROGRESS : -EBUSY;
	else if (!ret || (req->touching && !fatal_signal_pending(current)))
		ret = 1;
	withdrawn = ret <= 0 && !req->done && !req->begun;
	if (withdrawn)
		list_del_init(&req->list);
	if (ret <= 0) {
		req->restarts = ret == -ERESTARTSYS && !fatal_signal_pending(current);
		req->left = true;
	}
	flavoured_unlock();
	if (withdrawn)
		kref_put(&req->ref, request_free);
	return ret;
}

/* Unloading this module ends the work items, and with them the requests. */
static int request_wait(struct request *req)
{
	int ret;

	do {
		ret = wait_event_interruptible(req->wait, is_over(req));
		if (ret && READ_ONCE(req->touching))
			ret = wait_event_killable(req->wait, is_over(req) ||
						  !READ_ONCE(req->touching));
		ret = request_leave(req, is_over(req) ? 0 : ret ?: -ERESTARTSYS);
	} while (ret > 0);
	loader_wake();
	return ret;
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
 * Return: 0 with the flavour in force (and for vfio a driver bound), -ERESTARTSYS
 * on a signal, -EINPROGRESS if a driver does not return from its probe or remove,
 * or another negative errno. See docs/abi/sysfs-bus-pci-driver-flavour.
 */
int flavour_set(struct device *dev, const struct flavour_bus *bus, enum flavour want)
{
	struct flavoured *fd = flavoured_get(dev, bus);
	struct request *req;
	int ret = -ENOMEM;

	if (IS_ERR(fd))
		return PTR_ERR(fd);
	req = request_new(fd, want);
	if (req) {
		ret = request_add(req) ?: request_wait(req);
		kref_put(&req->ref, request_free);
	}
	flavoured_put(fd);
	return ret;
}

/**
 * request_init - get ready for requests
 * @late: called, besides, each time that a device has its turn
 *
 * Return: 0 or -ENOMEM.
 */
int request_init(void (*late)(struct flavoured *fd))
{
	do_late = late;
	return flavoured_init(request_work);
}
