// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which program loads modules, and which tasks may cause it to run.
 *
 * Unless the parameter "loader" says otherwise it is the kernel's own, set by the
 * sysctl kernel.modprobe: turning off module loading there turns off this loader
 * as well. modprobe_path is not exported, so the sysctl is read as a file. The
 * file is read through a mount of our own, as in do_sysctl_args(), because there
 * may be no /proc where this runs.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "command.h"
#include "loader.h"
#include "loader_watch.h"

#define SYSCTL "kernel.modprobe"

static char loader[256] = SYSCTL " -q --";
static struct kparam_string loader_string = { .string = loader, .maxlen = sizeof(loader) };

/*
 * Another loader may find other modules, so the cached runs are dropped. The
 * parameters' lock is held: a run that has read the old value, in
 * flavour_command_get(), began before this.
 */
static int loader_param_set(const char *text, const struct kernel_param *kp)
{
	int ret;

	/* It is run with all capabilities. */
	if (!capable(CAP_SYS_MODULE))
		return -EPERM;
	ret = param_set_copystring(text, kp);
	if (!ret)
		flavour_loader_watch_changed();
	return ret;
}

static const struct kernel_param_ops loader_ops = {
	.set = loader_param_set,
	.get = param_get_string,
};

module_param_cb(loader, &loader_ops, &loader_string, 0644);
MODULE_PARM_DESC(loader, "Command that loads a module; the alias is its last argument; kernel.modprobe: what that sysctl names; empty: none");

static struct vfsmount *proc;
static DEFINE_MUTEX(seen_lock);
static char seen[FLAVOUR_PATH_LEN]; /* value of the sysctl when it was last read */

static ssize_t read_file(char *text, size_t size)
{
	struct file *file = file_open_root_mnt(proc, "sys/kernel/modprobe", O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t len;

	if (IS_ERR(file))
		return PTR_ERR(file);
	len = kernel_read(file, text, size, &pos);
	fput(file);
	return len;
}

/* If the sysctl has changed, the results of earlier runs are no longer valid. */
static int read_sysctl(char *path)
{
	ssize_t len = proc ? read_file(path, FLAVOUR_PATH_LEN - 1) : -ENOENT;

	/* A kernel without sysctls has no way to change it. */
	if (len == -ENOENT)
		len = strscpy(path, CONFIG_MODPROBE_PATH, FLAVOUR_PATH_LEN);
	if (len < 0)
		return len;
	path[len] = '\0';
	path[strcspn(path, "\n")] = '\0';
	mutex_lock(&seen_lock);
	if (strcmp(path, seen)) {
		strscpy(seen, path, sizeof(seen));
		flavour_loader_watch_changed();
	}
	mutex_unlock(&seen_lock);
	return 0;
}

static char **param_words(int *argc)
{
	char **words;

	kernel_param_lock(THIS_MODULE);
	words = argv_split(GFP_KERNEL, loader, argc);
	kernel_param_unlock(THIS_MODULE);
	return words;
}

/**
 * flavour_command_get - the command to run now
 * @c: filled in; flavour_command_put() it whatever comes of this
 * @alias: its last argument; must stay as long as @c
 *
 * Return: 0, with an empty @c->argv if nothing is to be run, or a negative errno.
 */
int flavour_command_get(struct command *c, char *alias)
{
	int argc, ret;

	*c = (struct command){ .words = param_words(&argc) };
	if (!c->words)
		return -ENOMEM;
	c->argv = kcalloc(argc + 2, sizeof(*c->argv), GFP_KERNEL);
	if (!c->argv)
		return -ENOMEM;
	if (!argc)
		return 0;
	memcpy(c->argv, c->words, argc * sizeof(*c->argv));
	if (!strcmp(c->argv[0], SYSCTL)) {
		ret = read_sysctl(c->path);
		if (ret)
			return ret;
		c->argv[0] = c->path;
	}
	if (*c->argv[0])
		c->argv[argc] = alias;
	else
		c->argv[0] = NULL;
	return 0;
}

/**
 * flavour_command_put - the end of flavour_command_get()
 * @c: the command
 */
void flavour_command_put(struct command *c)
{
	kfree(c->argv);
	if (c->words)
		argv_free(c->words);
}

/**
 * flavour_loader_is_off - has the administrator turned the upcall off?
 *
 * Return: true if the parameter "loader" is empty, or kernel.modprobe if that is to decide.
 */
bool flavour_loader_is_off(void)
{
	struct command c;
	bool off = !flavour_command_get(&c, NULL) && !c.argv[0];

	flavour_command_put(&c);
	return off;
}

/**
 * flavour_loader_allowed - may the current task have the loader run?
 *
 * A task that may not load modules must not cause the loader to run. Call this in
 * the context of the writer, not in a work item.
 *
 * Return: true if it may, or if nothing would be run.
 */
bool flavour_loader_allowed(void)
{
	return capable(CAP_SYS_MODULE) || flavour_loader_is_off();
}

/**
 * flavour_command_init - get ready to look at kernel.modprobe
 *
 * Return: 0 or a negative errno.
 */
int flavour_command_init(void)
{
	struct file_system_type *type = get_fs_type("proc");

	if (!type)
		return 0;
	proc = kern_mount(type);
	if (!IS_ERR(proc))
		return 0;
	return PTR_ERR(proc);
}

/**
 * flavour_command_exit - the end of flavour_command_init()
 */
void flavour_command_exit(void)
{
	if (proc)
		kern_unmount(proc);
}
