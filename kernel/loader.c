// SPDX-License-Identifier: GPL-2.0-only
/*
 * The upcall that loads a module by its alias.
 *
 * request_module() is no help: a full PCI alias is longer than a module's name
 * may be, and it can't be told to stop. The program runs under a work item;
 * who waits for it sleeps interruptibly, with no lock of the driver core held,
 * and kills it when nobody needs it any more. Requests for the same alias at
 * the same time share a run. So do later ones, as long as another run could
 * load nothing else: see sources.c.
 */
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

#include "loader.h"
#include "match.h"
#include "sources.h"
#include "trace.h"

static char loader[256] = "/sbin/modprobe -q --";
static struct kparam_string loader_string = { .string = loader, .maxlen = sizeof(loader) };

/*
 * Another loader may find other modules. The parameters' lock is held: a run
 * that still reads the former one, in command(), was asked for before this.
 */
static int loader_param_set(const char *text, const struct kernel_param *kp)
{
	int ret = param_set_copystring(text, kp);

	if (!ret)
		sources_changed();
	return ret;
}

static const struct kernel_param_ops loader_ops = {
	.set = loader_param_set,
	.get = param_get_string,
};

module_param_cb(loader, &loader_ops, &loader_string, 0644);
MODULE_PARM_DESC(loader, "Command that loads a module; the alias is its last argument; empty: none");

static unsigned int loader_timeout = 30;
module_param(loader_timeout, uint, 0644);
MODULE_PARM_DESC(loader_timeout, "Seconds after which the loader is killed (default 30)");

/**
 * struct run - one run of the loader
 * @list: among the runs that may be joined
 * @ref: one for each waiter, and one for the work
 * @work: what runs it
 * @pid: the program, while it runs
 * @waiters: who waits for it; the last one to give up kills it
 * @killed: nobody waits any more
 * @done: it has ended: 1, or -ENOMEM if it could not begin
 * @when: it was asked for, as sources_now() tells
 * @next: not the best module, but the best that is not loaded yet
 * @alias: what it loads
 *
 * All fields but @ref and @work by runs_lock; the last three do not change.
 */
struct run {
	struct list_head list;
	struct kref ref;
	struct work_struct work;
	struct pid *pid;
	unsigned int waiters;
	bool killed;
	int done;
	unsigned int when;
	bool next;
	char alias[MATCH_ALIAS_SIZE];
};

/* More would be a strange machine: one for each kind of device. */
#define MOST_KEPT 64

static LIST_HEAD(runs);
static unsigned int kept; /* of the runs, those that are done */
static DEFINE_SPINLOCK(runs_lock);
static DECLARE_WAIT_QUEUE_HEAD(progress);
static struct workqueue_struct *loader_queue;
static atomic_t arrivals = ATOMIC_INIT(0);

static void run_free(struct kref *ref)
{
	kfree(container_of(ref, struct run, ref));
}

/* In the program's own process, before it is the program. */
static int run_started(struct subprocess_info *info, struct cred *new)
{
	struct run *run = info->data;
	int ret = 0;

	spin_lock(&runs_lock);
	if (run->killed)
		ret = -EINTR;
	else
		run->pid = get_task_pid(current, PIDTYPE_TGID);
	spin_unlock(&runs_lock);
	return ret;
}

/* One that was kept. */
static void forget_locked(struct run *run)
{
	lockdep_assert_held(&runs_lock);
	list_del_init(&run->list);
	kept--;
	kref_put(&run->ref, run_free);
}

/* A run that did its work is kept, with the reference that the work had. */
static void run_ended(struct run *run, bool good, int done)
{
	struct pid *pid;

	spin_lock(&runs_lock);
	pid = run->pid;
	run->pid = NULL;
	good = good && !list_empty(&run->list) && kept < MOST_KEPT;
	if (good)
		kept++;
	else
		list_del_init(&run->list);
	run->done = done;
	spin_unlock(&runs_lock);
	put_pid(pid);
	wake_up_all(&progress);
	if (!good)
		kref_put(&run->ref, run_free);
}

/* The command's words and the alias, for kfree() after argv_free(*words). */
static char **command(const char *alias, char ***words)
{
	char **argv;
	int argc;

	kernel_param_lock(THIS_MODULE);
	*words = argv_split(GFP_KERNEL, loader, &argc);
	kernel_param_unlock(THIS_MODULE);
	if (!*words)
		return NULL;
	argv = kcalloc(argc + 2, sizeof(*argv), GFP_KERNEL);
	if (!argv) {
		argv_free(*words);
		return NULL;
	}
	memcpy(argv, *words, argc * sizeof(*argv));
	argv[argc] = (char *)alias;
	return argv;
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
	/* Nobody kills a work item; but one that may be killed is no hung task. */
	return call_usermodehelper_exec(info, UMH_WAIT_PROC | UMH_KILLABLE);
}

static void run_work(struct work_struct *work)
{
	struct run *run = container_of(work, struct run, work);
	char **words, **argv;
	int ret = -ENOMEM;
	bool watched;

	watched = !sources_watch();
	argv = command(run->alias, &words);
	if (argv) {
		ret = execute(run, argv);
		kfree(argv);
		argv_free(words);
	}
	trace_flavour_loader(run->alias, ret);
	if (ret < 0 && !READ_ONCE(run->killed))
		pr_warn("the loader can't be run: %pe\n", ERR_PTR(ret));
	run_ended(run, !ret && watched, ret == -ENOMEM ? ret : 1);
}

static struct run *run_new(const char *alias, bool next)
{
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL);

	if (!run)
		return NULL;
	INIT_LIST_HEAD(&run->list);
	kref_init(&run->ref);
	INIT_WORK(&run->work, run_work);
	run->when = sources_now();
	run->next = next;
	strscpy(run->alias, alias, sizeof(run->alias));
	return run;
}

/* One that was asked for before something changed may miss the change. */
static struct run *join_locked(const char *alias)
{
	struct run *run, *next;

	lockdep_assert_held(&runs_lock);
	list_for_each_entry_safe(run, next, &runs, list)
		if (!sources_changed_since(run->when)) {
			if (!strcmp(run->alias, alias))
				return run;
		} else if (run->done) {
			forget_locked(run);
		}
	return NULL;
}

/*
 * The run to wait for; its work is queued. NULL if out of memory. What the next
 * module is depends on what is loaded by now: such a run is of no use to others.
 */
static struct run *run_get(const char *alias, bool next)
{
	struct run *fresh = run_new(alias, next), *run;

	if (!fresh)
		return NULL;
	spin_lock(&runs_lock);
	run = next ? fresh : join_locked(alias) ?: fresh;
	if (run == fresh) {
		if (!next)
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

static void run_put(struct run *run)
{
	spin_lock(&runs_lock);
	if (!--run->waiters && !run->done) {
		run->killed = true;
		list_del_init(&run->list);
		if (run->pid)
			kill_pid(run->pid, SIGKILL, 1);
	}
	spin_unlock(&runs_lock);
	kref_put(&run->ref, run_free);
}

/**
 * loader_limit - how long user space may take to load a module
 *
 * Return: the limit in jiffies.
 */
long loader_limit(void)
{
	return min(max(READ_ONCE(loader_timeout), 1U), 86400U) * (long)HZ;
}

static int run_wait(struct run *run, loader_stopped_t stopped, const void *data)
{
	long ret = wait_event_interruptible_timeout(progress,
			READ_ONCE(run->done) || stopped(data), loader_limit());
	int done = READ_ONCE(run->done);

	if (done)
		return min(done, 0);
	if (ret < 0)
		return -EINTR;
	if (stopped(data))
		return -ENODEV;
	pr_warn("the loader did not end in time and is killed: %s\n", run->alias);
	return -ETIMEDOUT;
}

/**
 * loader_is_off - has the administrator turned the upcall off?
 *
 * Return: true if the parameter "loader" is empty.
 */
bool loader_is_off(void)
{
	bool off;

	kernel_param_lock(THIS_MODULE);
	off = !*skip_spaces(loader);
	kernel_param_unlock(THIS_MODULE);
	return off;
}

/**
 * loader_run - load the modules that an alias names
 * @alias: shorter than MATCH_ALIAS_SIZE
 * @next: the drivers of those that are loaded did not take the device; a loader
 *	that loads only the best module shall load the best of the others
 * @stopped: tells, given @data, that waiting is of no use any more; see loader_wake()
 * @data: for @stopped
 *
 * Whether it found and loaded a module, only the drivers that are registered
 * afterwards can tell.
 *
 * Return: 0 when the loader has ended, whatever came of it; -EINTR on a signal,
 * -ENODEV when stopped, -ETIMEDOUT, -ENOMEM.
 */
int loader_run(const char *alias, bool next, loader_stopped_t stopped, const void *data)
{
	struct run *run = run_get(alias, next);
	int ret;

	if (!run)
		return -ENOMEM;
	ret = run_wait(run, stopped, data);
	run_put(run);
	return ret;
}

/**
 * loader_arrivals - how many modules have been loaded so far
 *
 * Return: a number to compare with a later one.
 */
unsigned int loader_arrivals(void)
{
	return atomic_read(&arrivals);
}

/**
 * loader_wait_arrival - wait for a module that somebody else loads
 * @seen: from loader_arrivals(), before looking for a driver
 * @timeout: in jiffies
 * @stopped: as for loader_run()
 * @data: for @stopped
 *
 * Return: the jiffies left when one has come, 0 when the time is over, -EINTR
 * on a signal, -ENODEV when stopped.
 */
long loader_wait_arrival(unsigned int seen, long timeout,
			 loader_stopped_t stopped, const void *data)
{
	long ret = wait_event_interruptible_timeout(progress,
			loader_arrivals() != seen || stopped(data), timeout);

	if (ret < 0)
		return -EINTR;
	return stopped(data) ? -ENODEV : ret;
}

/**
 * loader_arrived - a module has been loaded
 */
void loader_arrived(void)
{
	atomic_inc(&arrivals);
	wake_up_all(&progress);
}

/**
 * loader_wake - who waits for a loader shall ask again whether to go on
 */
void loader_wake(void)
{
	wake_up_all(&progress);
}

/**
 * loader_init - get ready to run loaders
 *
 * Return: 0 or a negative errno.
 */
int loader_init(void)
{
	int ret = sources_init();

	if (ret)
		return ret;
	loader_queue = alloc_workqueue("driver_flavour_loader", WQ_UNBOUND, 0);
	if (loader_queue)
		return 0;
	sources_exit();
	return -ENOMEM;
}

/**
 * loader_exit - wait for the last loaders, killed by now
 */
void loader_exit(void)
{
	struct run *run, *next;

	destroy_workqueue(loader_queue);
	list_for_each_entry_safe(run, next, &runs, list)
		kref_put(&run->ref, run_free);
	sources_exit();
}
