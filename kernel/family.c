// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program and all that it starts, to be killed together.
 *
 * modprobe runs the commands of "install" lines, and to kill it alone leaves
 * them behind. A module can't give a process a group or a session: setsid() is
 * not for it to call. What it may do, before the program is executed, is to
 * change the credentials. So each family has a list of supplementary groups of
 * its own, which is empty, as the one it replaces. Whatever is forked or
 * executed has the same list; so do those that leave the process group, or
 * whose parent has ended. Only who calls setgroups() leaves the family.
 */
#include <linux/cred.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "family.h"

/**
 * flavour_family_new - a family without members
 *
 * Return: the family, for flavour_family_put(), or NULL if out of memory.
 */
struct group_info *flavour_family_new(void)
{
	return groups_alloc(0);
}

/**
 * flavour_family_put - let a family go; its members stay what they are
 * @family: the family
 */
void flavour_family_put(struct group_info *family)
{
	put_group_info(family);
}

/**
 * flavour_family_enter - make a member of who will have some credentials
 * @family: the family
 * @new: the credentials, nobody's yet
 */
void flavour_family_enter(struct group_info *family, struct cred *new)
{
	set_groups(new, family);
}

static bool is_ending(const struct task_struct *p)
{
	return READ_ONCE(p->signal->flags) & SIGNAL_GROUP_EXIT || !atomic_read(&p->signal->live);
}

/* Returns true if it found a member that had not been killed before. */
static bool kill_those_there(const struct group_info *family)
{
	struct task_struct *p;
	bool any = false;

	rcu_read_lock();
	for_each_process(p) {
		if (__task_cred(p)->group_info != family)
			continue;
		any |= !is_ending(p);
		kill_pid(task_pid(p), SIGKILL, 1);
	}
	rcu_read_unlock();
	return any;
}

/**
 * flavour_family_kill - kill all members
 * @family: the family
 *
 * A killed process can't fork, and a child that it had forked before is found in
 * the next round. Sleeps until all have been found, not until they have ended.
 */
void flavour_family_kill(const struct group_info *family)
{
	while (kill_those_there(family))
		schedule_timeout_idle(1);
}
