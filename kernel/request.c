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

#include "device.h"
#include "group.h"
#include "loader.h"
#include "request.h"

static void request_free(struct kref *ref)
{
	struct request *req = container_of(ref, struct request, ref);

	flavour_device_put(req->fdev);
	kfree(req);
}

static struct request *request_new(struct flavour_device *fdev, enum flavour want)
{
	struct request *req = kzalloc(sizeof(*req), GFP_KERNEL);

	if (!req)
		return NULL;
	INIT_LIST_HEAD(&req->list);
	kref_init(&req->ref);
	init_waitqueue_head(&req->wait);
	req->fdev = flavour_device_ref(fdev);
	req->want = want;
	req->may_load = flavour_loader_allowed();
	return req;
}

static int request_add(struct request *req)
{
	struct flavour_device *fdev = req->fdev;
	int ret = 0;

	flavour_device_lock();
	if (fdev->overdue)
		ret = -EBUSY;
	else if (flavour_device_stopped(fdev))
		ret = -ENODEV;
	/* If the work item runs already, it may finish the request from the unlock on. */
	if (!ret) {
		kref_get(&req->ref);
		list_add_tail(&req->list, &fdev->requests);
	}
	flavour_device_unlock();
	if (!ret)
		flavour_device_queue(fdev);
	return ret;
}

/**
 * flavour_request_next - the next one that is asked for, which begins
 * @fdev: the device's entry; called in its work item
 *
 * Return: the request, for flavour_request_done(), or NULL if there is none.
 */
struct request *flavour_request_next(struct flavour_device *fdev)
{
	struct request *req;

	flavour_device_lock();
	req = list_first_entry_or_null(&fdev->requests, struct request, list);
	if (req)
		req->begun = true;
	flavour_device_unlock();
	return req;
}

/**
 * flavour_request_done - the end of flavour_request_next()
 * @req: the request
 * @ret: what came of it
 */
void flavour_request_done(struct request *req, int ret)
{
	flavour_device_lock();
	list_del_init(&req->list);
	req->ret = ret;
	req->done = true;
	wake_up(&req->wait);
	flavour_device_unlock();
	kref_put(&req->ref, request_free);
}

/**
 * flavour_request_touch - a request is about to touch the device
 * @req: the request
 *
 * From here to flavour_request_let_go(), or the request's end, its writer stays, unless
 * it is killed: a write that a signal ended has changed nothing.
 *
 * Return: 0, or -EINTR if the writer has left.
 */
int flavour_request_touch(struct request *req)
{
	int ret = 0;

	flavour_device_lock();
	if (req->left)
		ret = -EINTR;
	else
		req->touching = true;
	flavour_device_unlock();
	return ret;
}

/**
 * flavour_request_let_go - the end of flavour_request_touch(): the device is as it was
 * @req: the request
 */
void flavour_request_let_go(struct request *req)
{
	if (req->pending)
		return;
	flavour_device_lock();
	req->touching = false;
	wake_up(&req->wait);
	flavour_device_unlock();
}

static bool is_over(const struct request *req)
{
	return READ_ONCE(req->done) || READ_ONCE(req->fdev->overdue) || READ_ONCE(req->fdev->gone);
}

/* May its writer leave, with *@ret from the wait for it? Then that is what it is told. */
static bool may_leave_locked(const struct request *req, int *ret)
{
	const struct flavour_device *fdev = req->fdev;

	if (req->done)
		*ret = req->ret;
	else if (fdev->gone)
		*ret = -ENODEV;
	else if (fdev->overdue)
		*ret = req->begun ? -EINPROGRESS : -EBUSY;
	else
		return *ret && (!req->touching || fatal_signal_pending(current));
	return true;
}

/* As may_leave_locked(). A request that is left and has not begun is taken back. */
static bool request_leave(struct request *req, int *ret)
{
	bool leave, withdrawn;

	flavour_device_lock();
	leave = may_leave_locked(req, ret);
	withdrawn = leave && !req->done && !req->begun;
	if (withdrawn)
		list_del_init(&req->list);
	if (leave) {
		req->restarts = *ret == -ERESTARTSYS && !fatal_signal_pending(current);
		/* Pairs with stopped() in change.c, which reads @restarts after @left. */
		smp_store_release(&req->left, true);
	}
	flavour_device_unlock();
	if (withdrawn)
		kref_put(&req->ref, request_free);
	return leave;
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
		ret = is_over(req) ? 0 : ret ?: -ERESTARTSYS;
	} while (!request_leave(req, &ret));
	/* What is done for it may wait for its loader, or for its turn in its group. */
	flavour_loader_wake();
	flavour_group_wake();
	return ret;
}

/**
 * flavour_set - give a device a flavour, now
 * @dev: the device, of one of the buses, referenced and not locked
 * @want: the flavour
 *
 * Runs the loader if need be. On failure the device, its driver and its
 * override are as before.
 *
 * Return: 0 with the flavour in force (and for vfio a driver bound), -ERESTARTSYS
 * on a signal, -EINPROGRESS if a driver does not return from its probe or remove,
 * or another negative errno. See docs/abi/sysfs-bus-pci-driver-flavour.
 */
int flavour_set(struct device *dev, enum flavour want)
{
	struct flavour_device *fdev = flavour_device_get(dev);
	struct request *req;
	int ret = -ENOMEM;

	if (IS_ERR(fdev))
		return PTR_ERR(fdev);
	req = request_new(fdev, want);
	if (req) {
		ret = request_add(req) ?: request_wait(req);
		kref_put(&req->ref, request_free);
	}
	flavour_device_put(fdev);
	return ret;
}
