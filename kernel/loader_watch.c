// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the result of a loader depends on: the index of modules, and modprobe.d.
 *
 * After a change there, or when a module is unloaded, another module may be
 * loaded for an alias. The directories are watched as inotify does it. Changes
 * that the kernel does not see, on a file server, are missed.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fsnotify_backend.h>
#include <linux/namei.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <generated/utsrelease.h>

#include "loader_watch.h"

#define CHANGES (FS_CREATE | FS_DELETE | FS_MOVE | FS_MODIFY | FS_ATTRIB | \
		 FS_DELETE_SELF | FS_MOVE_SELF | FS_EVENT_ON_CHILD)

static const char * const folders[] = {
	"/lib/modules/" UTS_RELEASE,
	"/etc/modprobe.d",
	"/run/modprobe.d",
	"/usr/local/lib/modprobe.d",
	"/lib/modprobe.d",
};

static atomic_t changes = ATOMIC_INIT(0);
static struct fsnotify_group *group;

static int changed(struct fsnotify_mark *mark, u32 mask, struct inode *inode,
		   struct inode *dir, const struct qstr *name, u32 cookie)
{
	flavour_loader_watch_changed();
	return 0;
}

static void free_mark(struct fsnotify_mark *mark)
{
	kfree(mark);
}

static const struct fsnotify_ops ops = {
	.handle_inode_event = changed,
	.free_mark          = free_mark,
};

static int watch_inode(struct inode *inode)
{
	struct fsnotify_mark *mark = kzalloc(sizeof(*mark), GFP_KERNEL);
	int ret;

	if (!mark)
		return -ENOMEM;
	fsnotify_init_mark(mark, group);
	mark->mask = CHANGES;
	ret = fsnotify_add_inode_mark(mark, inode, 0);
	fsnotify_put_mark(mark);
	return ret == -EEXIST ? 0 : ret;
}

/* If a directory does not exist, watch the one above it, in which it would be created. */
static int watch_folder(const char *folder)
{
	char name[96];
	struct path path;
	char *end;
	int ret;

	strscpy(name, folder, sizeof(name));
	while ((ret = kern_path(name, LOOKUP_FOLLOW, &path)) == -ENOENT) {
		end = strrchr(name, '/');
		if (end == name)
			break;
		*end = '\0';
	}
	if (ret)
		return ret;
	ret = watch_inode(d_inode(path.dentry));
	path_put(&path);
	return ret;
}

/**
 * flavour_loader_watch - watch what is not watched yet
 *
 * Call this from a work item: the paths are resolved in init's root, as the loader
 * resolves them.
 *
 * Return: 0, or a negative errno if changes may be missed.
 */
int flavour_loader_watch(void)
{
	int i, ret = 0;

	scoped_with_init_fs()
		for (i = 0; !ret && i < ARRAY_SIZE(folders); i++)
			ret = watch_folder(folders[i]);
	return ret;
}

/**
 * flavour_loader_watch_now - what has changed so far
 *
 * Return: a number for flavour_loader_watch_changed_since().
 */
unsigned int flavour_loader_watch_now(void)
{
	return atomic_read(&changes);
}

/**
 * flavour_loader_watch_changed_since - might a loader load something else than it did?
 * @when: from flavour_loader_watch_now()
 *
 * Return: true if something has changed since.
 */
bool flavour_loader_watch_changed_since(unsigned int when)
{
	return atomic_read(&changes) != when;
}

/**
 * flavour_loader_watch_changed - forget what was found out so far
 */
void flavour_loader_watch_changed(void)
{
	atomic_inc(&changes);
}

/**
 * flavour_loader_watch_init - be ready to watch
 *
 * Return: 0 or a negative errno.
 */
int flavour_loader_watch_init(void)
{
	group = fsnotify_alloc_group(&ops, 0);
	return PTR_ERR_OR_ZERO(group);
}

static struct fsnotify_mark *first_mark(void)
{
	struct fsnotify_mark *mark;

	fsnotify_group_lock(group);
	mark = list_first_entry_or_null(&group->marks_list, struct fsnotify_mark, g_list);
	if (mark)
		refcount_inc(&mark->refcnt); /* fsnotify_get_mark() is not exported */
	fsnotify_group_unlock(group);
	return mark;
}

/**
 * flavour_loader_watch_exit - the end of flavour_loader_watch_init(); nobody watches any more
 */
void flavour_loader_watch_exit(void)
{
	struct fsnotify_mark *mark;

	while ((mark = first_mark())) {
		fsnotify_destroy_mark(mark, group);
		fsnotify_put_mark(mark);
	}
	/*
	 * Other tasks may still hold a mark: one that removes the directory, or one whose open()
	 * of it waits for a fanotify listener. The last of them frees the mark by our ops, and
	 * the group counts it until then.
	 */
	fsnotify_wait_marks_destroyed();
	while (refcount_read(&group->refcnt) > 1) {
		schedule_timeout_idle(1);
		fsnotify_wait_marks_destroyed();
	}
	fsnotify_put_group(group);
}
