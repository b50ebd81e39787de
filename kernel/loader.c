// SPDX-License-Identifier: GPL-2.0-only
/*
 * The upcall that loads a module by its alias.
 *
 * request_module() is no help: a full PCI alias is longer than a module's name
 * may be, and it can't be told to stop. The program runs under a work item;
 * who waits for it sleeps interruptibly, with no lock of the driver core held,
 * and kills it when nobody needs it any more. Requests for the same alias at
 * the same time share a run. So do later ones, as long as another run could
 * load nothing else: see loader_watch.c. What a run starts is its family, and is
 * killed with it.
 */
#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/umh.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "command.h"
#include "family.h"
#include "loader.h"
#include "loader_watch.h"
#include "say.h"
#include "trace.h"

static unsigned int loader_timeout = 30;
module_param(loader_timeout, uint, 0644);
MODULE_PARM_DESC(loader_timeout, "Seconds after which the loader is killed (default 30)");

/**
 * struct run - one run of the loader
 * @list: among the runs that may be joined
 * @ref: one for each waiter, and one for the work
 * @work: what runs it
 * @pid: the program, while it runs
 * @family: the program and what it starts
 * @waiters: how many wait for it; the last one to give up kills it
 * @left: when that one gave up, in jiffies, if it may come again
 * @killed: no one waited any more
 * @done: it has ended, with @ret
 * @ret: -ENOMEM or -EAGAIN if it could not begin
 * @begun: when it was asked for, in jiffies
 * @when: the same, as flavour_loader_watch_now() tells
 * @arrivals: how many modules had been loaded by then
 * @next: not the best module, but the best that is not loaded yet
 * @alias: what it loads
 *
 * All fields but @ref, @work and @family by runs_lock; the last five do not
 * change, nor does @ret once @done is set.
 */
struct run {
	struct list_head list;
	struct kref ref;
	struct work_struct work;
	struct pid *pid;
	struct group_info *family;
	unsigned int waiters;
	unsigned long left;
	bool killed;
	bool done;
	int ret;
	unsigned long begun;
	unsigned int when;
	unsigned int arrivals;
	bool next;
	char alias[];
};

/*
 * At most this many finished runs are cached: one for each kind of device, far
 * more than a machine has.
 */
#define MOST_KEPT 64

/*
 * A write that a signal interrupts may be restarted. Its loader runs on for this long:
 * the writer may have to let a driver refuse the device, and bind its native driver
 * again, before it asks for the next module.
 */
#define LINGER (5 * HZ)
#define SWEEP HZ

static LIST_HEAD(runs);
static unsigned int kept; /* how many runs in the list are finished and cached */
static DEFINE_SPINLOCK(runs_lock);
static DECLARE_WAIT_QUEUE_HEAD(progress);
static struct workqueue_struct *loader_queue;
static atomic_t arrivals = ATOMIC_INIT(0);

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

static void run_free(struct kref *ref)
{
	struct run *run = container_of(ref, struct run, ref);

	flavour_family_put(run->family);
	kfree(run);
}

/*
 * The init callback of the usermode helper: runs in the child, before it executes
 * the program. Records the pid, so that run_put() can kill it.
 */
static int run_started(struct subprocess_info *info, struct cred *new)
{
	struct run *run = info->data;
	int ret = 0;

	flavour_family_enter(run->family, new);
	spin_lock(&runs_lock);
	if (run->killed)
		ret = -EINTR;
	else
		run->pid = get_task_pid(current, PIDTYPE_TGID);
	spin_unlock(&runs_lock);
	return ret;
}

/* Drops a finished run from the cache, with the cache's reference. */
static void forget_locked(struct run *run)
{
	lockdep_assert_held(&runs_lock);
	list_del_init(&run->list);
	kept--;
	kref_put(&run->ref, run_free);
}

/*
 * A successful run stays in the list as a cached one, and takes over the
 * reference of the work item.
 */
static void run_ended(struct run *run, bool good, int ret)
{
	struct pid *pid;

	spin_lock(&runs_lock);
	pid = run->pid;
	run->pid = NULL;
	good = good && !run->next && !list_empty(&run->list) && kept < MOST_KEPT;
	if (good)
		kept++;
	else
		list_del_init(&run->list);
	run->ret = ret;
	smp_store_release(&run->done, true); /* run_wait() does not lock */
	spin_unlock(&runs_lock);
	put_pid(pid);
	wake_up_all(&progress);
	if (!good)
		kref_put(&run->ref, run_free);
}

static int execute(struct run *run, char **argv)
{
	static char *envp[5] = {
		"DRIVER_FLAVOUR_NEXT=1",
		"HOME=/", "TERM=linux", "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
	};
	struct subprocess_info *info;

	info = call_usermodehelper_setup(argv[0], argv, envp + !run->next, GFP_KERNEL,
					 run_started, NULL, run);
	if (!info)
		return -ENOMEM;
	/* A work item is never killed, but a killable sleep is not reported as a hung task. */
	return call_usermodehelper_exec(info, UMH_WAIT_PROC | UMH_KILLABLE);
}

static void run_work(struct work_struct *work)
{
	struct run *run = container_of(work, struct run, work);
	bool watched = !flavour_loader_watch();
	struct command c;
	int ret = flavour_command_get(&c, run->alias);

	if (!ret && c.argv[0])
		ret = execute(run, c.argv);
	flavour_command_put(&c);
	/* The loader was killed by a signal: kill what it has started, too. */
	if (ret > 0 && ret & 0x7f)
		flavour_family_kill(run->family);
	/* The usermode helper is disabled during suspend. */
	if (ret == -EBUSY)
		ret = -EAGAIN;
	trace_flavour_loader(run->alias, ret);
	if (ret < 0 && ret != -EAGAIN && !READ_ONCE(run->killed))
		say(pr_warn, "the loader can't be run: %pe\n", ERR_PTR(ret));
	run_ended(run, !ret && watched, ret == -ENOMEM || ret == -EAGAIN ? ret : 0);
}

static struct run *run_new(const char *alias, bool next)
{
	size_t len = strlen(alias) + 1;
	struct run *run = kzalloc(struct_size(run, alias, len), GFP_KERNEL);

	if (!run)
		return NULL;
	run->family = flavour_family_new();
	if (!run->family) {
		kfree(run);
		return NULL;
	}
	INIT_LIST_HEAD(&run->list);
	kref_init(&run->ref);
	INIT_WORK(&run->work, run_work);
	run->begun = jiffies;
	run->when = flavour_loader_watch_now();
	run->arrivals = flavour_loader_arrivals();
	run->next = next;
	memcpy(run->alias, alias, len);
	return run;
}

/**
 * flavour_loader_limit - how long user space may take to load a module
 *
 * Return: the limit in jiffies.
 */
long flavour_loader_limit(void)
{
	return min(max(READ_ONCE(loader_timeout), 1U), 86400U) * (long)HZ;
}

static long run_left(const struct run *run)
{
	return max(flavour_loader_limit() - (long)(jiffies - run->begun), 0L);
}

/*
 * May a request for @alias wait for this run? The next module (@next) depends on
 * what is loaded now, so such a run is only joined by a writer that was
 * interrupted, and if nothing was loaded since.
 */
static bool joinable(const struct run *run, const char *alias, bool next)
{
	if (strcmp(run->alias, alias) || run->next != next || !(run->done || run_left(run)))
		return false;
	return !next || (!run->waiters && run->arrivals == flavour_loader_arrivals());
}

/*
 * A run that was requested before a change of the modules may have missed it: it
 * is not joined, and dropped from the cache.
 */
static struct run *join_locked(const char *alias, bool next)
{
	struct run *run, *other;

	lockdep_assert_held(&runs_lock);
	list_for_each_entry_safe(run, other, &runs, list)
		if (!flavour_loader_watch_changed_since(run->when)) {
			if (joinable(run, alias, next))
				return run;
		} else if (run->done) {
			forget_locked(run);
		}
	return NULL;
}

/* The run to wait for; its work is queued. NULL if out of memory. */
static struct run *run_get(const char *alias, bool next)
{
	struct run *fresh = run_new(alias, next), *run;

	if (!fresh)
		return NULL;
	spin_lock(&runs_lock);
	run = join_locked(alias, next) ?: fresh;
	if (run == fresh) {
		list_add(&run->list, &runs);
		queue_work(loader_queue, &run->work);
	}
	kref_get(&run->ref);
	run->waiters++;
	spin_unlock(&runs_lock);
	if (run != fresh)
		kref_put(&fresh->ref, run_free);
	return run;
}

/* The first half of killing a run; flavour_family_kill() is the second, without the lock. */
static void kill_locked(struct run *run)
{
	lockdep_assert_held(&runs_lock);
	run->killed = true;
	list_del_init(&run->list);
	/*
	 * The child may have left run_started(), and not have its new credentials
	 * yet, by which family_kill() finds it.
	 */
	if (run->pid)
		kill_pid(run->pid, SIGKILL, 1);
}

static bool abandoned(const struct run *run)
{
	return !run->waiters && !run->done && !run->killed;
}

static void run_put(struct run *run, bool linger)
{
	bool kill = false;

	spin_lock(&runs_lock);
	run->waiters--;
	if (abandoned(run) && linger) {
		run->left = jiffies;
		queue_delayed_work(loader_queue, &sweep_work, SWEEP);
	} else if (abandoned(run)) {
		kill_locked(run);
		kill = true;
	}
	spin_unlock(&runs_lock);
	if (kill)
		flavour_family_kill(run->family);
	kref_put(&run->ref, run_free);
}

/* Returns a run that was abandoned @time ago, after kill_locked(); NULL if there is none. */
static struct run *next_abandoned(unsigned long time, bool *more)
{
	struct run *run, *found = NULL;

	*more = false;
	spin_lock(&runs_lock);
	list_for_each_entry(run, &runs, list) {
		if (!abandoned(run))
			continue;
		*more = true;
		if (time_before(jiffies, run->left + time))
			continue;
		found = run;
		break;
	}
	if (found) {
		kref_get(&found->ref);
		kill_locked(found);
	}
	spin_unlock(&runs_lock);
	return found;
}

/* Returns true if there are abandoned runs whose time is not over yet. */
static bool kill_abandoned(unsigned long time)
{
	struct run *run;
	bool more;

	while ((run = next_abandoned(time, &more))) {
		flavour_family_kill(run->family);
		kref_put(&run->ref, run_free);
	}
	return more;
}

static void sweep(struct work_struct *work)
{
	if (kill_abandoned(LINGER))
		queue_delayed_work(loader_queue, &sweep_work, SWEEP);
}

/* A work item gets no signals, so only @stopped ends this wait. */
static int run_wait(struct run *run, loader_stopped_t stopped, const void *data, bool *linger)
{
	enum loader_stop stop = LOADER_GO_ON;
	long ret = wait_event_interruptible_timeout(progress,
			READ_ONCE(run->done) || (stop = stopped(data)), run_left(run));
	bool done = smp_load_acquire(&run->done); /* so that run->ret is set */

	*linger = ret < 0 ? !fatal_signal_pending(current) : stop == LOADER_STOP_BUT_LINGER;
	if (done)
		return run->ret;
	if (ret < 0)
		return -EINTR;
	if (stop || stopped(data))
		return -ENODEV;
	say(pr_warn, "the loader did not end in time and is killed: %s\n", run->alias);
	return -ETIMEDOUT;
}

/**
 * flavour_loader_run - load the modules that an alias names
 * @alias: what names them
 * @next: the drivers of those that are loaded did not take the device; a loader
 *	that loads only the best module shall load the best of the others
 * @stopped: tells, given @data, whether to go on waiting; see flavour_loader_wake()
 * @data: for @stopped
 *
 * Whether it found and loaded a module, only the drivers that are registered
 * afterwards can tell.
 *
 * The last one to stop waiting kills the loader, and all that it has started;
 * with LOADER_STOP_BUT_LINGER only if nobody asks for the same within LINGER.
 *
 * Return: 0 when the loader has ended, whatever came of it, or if it is turned
 * off; -EINTR on a signal, -ENODEV when stopped, -ETIMEDOUT, -ENOMEM; -EAGAIN
 * while the machine goes to sleep and no program can be run.
 */
int flavour_loader_run(const char *alias, bool next, loader_stopped_t stopped, const void *data)
{
	struct run *run;
	bool linger;
	int ret;

	/* This notices, too, if it is another program by now. */
	if (flavour_loader_is_off())
		return 0;
	run = run_get(alias, next);
	if (!run)
		return -ENOMEM;
	ret = run_wait(run, stopped, data, &linger);
	run_put(run, linger);
	return ret;
}

/**
 * flavour_loader_arrivals - how many modules have been loaded so far
 *
 * Return: a number to compare with a later one.
 */
unsigned int flavour_loader_arrivals(void)
{
	return atomic_read(&arrivals);
}

/**
 * flavour_loader_wait_arrival - wait for a module that somebody else loads
 * @seen: from flavour_loader_arrivals(), before looking for a driver
 * @timeout: in jiffies
 * @stopped: as for flavour_loader_run()
 * @data: for @stopped
 *
 * Return: the jiffies left when one has come, 0 when the time is over, -EINTR
 * on a signal, -ENODEV when stopped.
 */
long flavour_loader_wait_arrival(unsigned int seen, long timeout,
				 loader_stopped_t stopped, const void *data)
{
	long ret = wait_event_interruptible_timeout(progress,
			flavour_loader_arrivals() != seen || stopped(data), timeout);

	if (ret < 0)
		return -EINTR;
	return stopped(data) ? -ENODEV : ret;
}

/**
 * flavour_loader_arrived - a module has been loaded
 */
void flavour_loader_arrived(void)
{
	atomic_inc(&arrivals);
	wake_up_all(&progress);
}

/**
 * flavour_loader_wake - make the waiters for a loader check again whether to go on
 */
void flavour_loader_wake(void)
{
	wake_up_all(&progress);
}

/**
 * flavour_loader_init - get ready to run loaders
 *
 * Return: 0 or a negative errno.
 */
int flavour_loader_init(void)
{
	int ret = flavour_loader_watch_init();

	if (ret)
		return ret;
	ret = flavour_command_init();
	if (ret)
		goto err_sources;
	loader_queue = alloc_workqueue("driver_flavour_loader", WQ_UNBOUND, 0);
	if (loader_queue)
		return 0;
	ret = -ENOMEM;
	flavour_command_exit();
err_sources:
	flavour_loader_watch_exit();
	return ret;
}

/**
 * flavour_loader_exit - kill the loaders that nobody waits for, and wait for their end
 */
void flavour_loader_exit(void)
{
	struct run *run, *next;

	cancel_delayed_work_sync(&sweep_work);
	kill_abandoned(0);
	destroy_workqueue(loader_queue);
	list_for_each_entry_safe(run, next, &runs, list)
		kref_put(&run->ref, run_free);
	flavour_command_exit();
	flavour_loader_watch_exit();
}
