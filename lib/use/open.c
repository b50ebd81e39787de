// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which process has a device node of a device open. The kernel lists each node
 * with its number and the device that it is of (/sys/dev), and each open file of
 * each process is asked for its number (st_rdev): so it matters neither what kind
 * of node it is, nor by what name it was opened, nor in which namespace.
 *
 * Not seen are a mapping whose file was closed, and a file on its way through a
 * socket: to ask for a process's mappings waits for its mmap lock, which a hung
 * process may hold for ever.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "use/use.h"

#define NVIDIA_MAJOR 195
#define INITIAL_PID_NS "pid:[4026531836]"	/* PROC_PID_INIT_INO */

/* A device number, block and character devices told apart. */
static uint64_t node_key(bool block, unsigned int major, unsigned int minor)
{
	return (uint64_t)block << 63 | (uint64_t)major << 32 | minor;
}

struct opener {
	uint64_t key;
	int pid;
};

struct node {
	uint64_t key;
	char *real;		/* the device it is of, in sysfs */
};

void openers_clear(struct openers *openers)
{
	size_t i;

	for (i = 0; i < openers->node_count; i++)
		free(openers->nodes[i].real);
	free(openers->nodes);
	free(openers->v);
	*openers = (struct openers){ 0 };
}

static int add_node(struct openers *openers, uint64_t key, char *real)
{
	struct node *grown = reallocarray(openers->nodes, openers->node_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	openers->nodes = grown;
	grown[openers->node_count++] = (struct node){ key, real };
	return 0;
}

/* "../../devices/pci0000:00/…" from sysfs on. */
static char *node_device(const char *sysfs, const char *target)
{
	if (*target == '/')
		return real_path(target);
	while (starts_with(target, "../"))
		target += strlen("../");
	return format("%s/%s", sysfs, target);
}

static int read_node(struct openers *openers, const char *sysfs, const char *dir, const char *name,
		     bool block)
{
	AUTOFREE char *link = format("%s/%s", dir, name);
	AUTOFREE char *target = link_target(link);
	unsigned int major, minor;
	char *real = NULL;
	int error = look_error();

	if (!error && target && sscanf(name, "%u:%u", &major, &minor) == 2)
		real = node_device(sysfs, target);
	if (!real)
		return look_error();
	error = add_node(openers, node_key(block, major, minor), real);
	if (error)
		free(real);
	return error;
}

static int read_nodes(struct openers *openers, const struct flavour_ctx *ctx, const char *type)
{
	AUTOFREE char *dir = ctx_path(ctx, FLAVOUR_ROOT_SYSFS, "dev/%s", type);
	AUTOFREE char *sysfs = real_path(ctx->roots[FLAVOUR_ROOT_SYSFS]);
	struct strv names = { 0 };
	int error = list_dir_unsorted(dir, &names);
	size_t i;

	for (i = 0; !error && i < names.count; i++)
		error = read_node(openers, sysfs, dir, names.v[i], !strcmp(type, "block"));
	strv_clear(&names);
	return sysfs ? error : -ENOMEM;
}

static int add_opener(struct openers *openers, uint64_t key, int pid)
{
	struct opener *grown;
	size_t i;

	for (i = openers->count; i > 0 && openers->v[i - 1].pid == pid; i--)
		if (openers->v[i - 1].key == key)
			return 0;
	grown = reallocarray(openers->v, openers->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	openers->v = grown;
	grown[openers->count++] = (struct opener){ key, pid };
	return 0;
}

/*
 * Only named (O_PATH), as udev has a node open while it sets its owner: its driver does
 * not know of it. The mode of such a link allows nothing, which few other files have.
 */
static bool is_only_named(int dir, const char *name)
{
	AUTOFREE char *path = NULL, *info = NULL;
	const char *flags;
	unsigned int bits;
	struct stat link;

	if (fstatat(dir, name, &link, AT_SYMLINK_NOFOLLOW) || link.st_mode & 0600)
		return false;
	path = format("../fdinfo/%s", name);
	info = read_attr_at(dir, path);
	flags = info ? strstr(info, "flags:") : NULL;
	return flags && sscanf(flags, "flags: %o", &bits) == 1 && bits & O_PATH;
}

static bool is_listed(const struct openers *openers, uint64_t key)
{
	size_t i;

	for (i = 0; i < openers->node_count && openers->nodes[i].key != key; i++)
		;
	return i < openers->node_count;
}

/* The node of a VFIO device is taken out of sysfs before its unbind waits for its users. */
static int add_left_node(struct openers *openers, const struct flavour_ctx *ctx, uint64_t key,
			 int dir, const char *name)
{
	AUTOFREE char *sysfs = NULL;
	char *real;
	int error;

	if (!openers->vfio_major || (key >> 32) != openers->vfio_major || is_listed(openers, key))
		return 0;
	sysfs = real_path(ctx->roots[FLAVOUR_ROOT_SYSFS]);
	real = sysfs ? vfio_node_real(sysfs, dir, name, (unsigned int)key) : NULL;
	/* Older kernels don't say what it is of. */
	if (!real)
		return look_error();
	error = add_node(openers, key, real);
	if (error)
		free(real);
	return error;
}

/*
 * A file that was closed meanwhile does not count. Files on a file server are
 * skipped, as it might not answer.
 */
static int look_at_file(struct openers *openers, const struct flavour_ctx *ctx, int dir,
			const char *name, int pid)
{
	struct statx st;
	uint64_t key;
	int error;

	if (statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st))
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	if ((!S_ISCHR(st.stx_mode) && !S_ISBLK(st.stx_mode)) || is_only_named(dir, name))
		return 0;
	key = node_key(S_ISBLK(st.stx_mode), st.stx_rdev_major, st.stx_rdev_minor);
	error = add_left_node(openers, ctx, key, dir, name);
	return error ? error : add_opener(openers, key, pid);
}

static int look_at_files(struct openers *openers, const struct flavour_ctx *ctx, const char *path,
			 int pid)
{
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	int error = dir ? 0 : path ? -errno : -ENOMEM;

	while (!error && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			error = look_at_file(openers, ctx, dirfd(dir), entry->d_name, pid);
	if (dir) {
		error = error ? error : -errno;
		closedir(dir);
	}
	/* It ended. */
	return error == -ENOENT || error == -ESRCH ? 0 : error;
}

/* A thread may have files of its own; one that shares its process's need not be asked. */
static bool shares_files(const struct flavour_ctx *ctx, int pid, int tid)
{
	return pid == tid || (!ctx_is_moved(ctx, FLAVOUR_ROOT_PROC) &&
			      !syscall(SYS_kcmp, pid, tid, KCMP_FILES, 0, 0));
}

static int look_at_process(struct openers *openers, const struct flavour_ctx *ctx, int pid)
{
	AUTOFREE char *files = ctx_path(ctx, FLAVOUR_ROOT_PROC, "%d/fd", pid);
	AUTOFREE char *tasks = ctx_path(ctx, FLAVOUR_ROOT_PROC, "%d/task", pid);
	int error = look_at_files(openers, ctx, files, pid);
	struct strv tids = { 0 };
	size_t i;

	if (!error)
		error = list_dir_unsorted(tasks, &tids);
	if (error == -ENOENT || error == -ESRCH)
		error = 0;
	for (i = 0; !error && i < tids.count; i++) {
		AUTOFREE char *own = format("%s/%s/fd", tasks, tids.v[i]);

		if (!shares_files(ctx, pid, atoi(tids.v[i])))
			error = look_at_files(openers, ctx, own, pid);
	}
	strv_clear(&tids);
	return error;
}

/*
 * Does /proc show all processes, and not only those of a container or of a user? A
 * kernel without such namespaces has no file for them.
 */
static int check_proc(const struct flavour_ctx *ctx)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "1/ns/pid");
	AUTOFREE char *first = ctx_path(ctx, FLAVOUR_ROOT_PROC, "1/comm");
	AUTOFREE char *ns = link_base(path);

	if (ns && strcmp(ns, INITIAL_PID_NS))
		return -EXDEV;
	if (!ns && !look_error() && !path_exists(first))
		return -ENOENT;
	return look_error();
}

static int look_at_processes(struct openers *openers, const struct flavour_ctx *ctx)
{
	struct strv pids = { 0 };
	int error = check_proc(ctx), pid;
	size_t i;

	if (!error)
		error = list_dir_unsorted(ctx->roots[FLAVOUR_ROOT_PROC], &pids);
	for (i = 0; !error && i < pids.count; i++) {
		pid = isdigit((unsigned char)pids.v[i][0]) ? atoi(pids.v[i]) : 0;
		if (pid > 0 && pid != getpid())
			error = look_at_process(openers, ctx, pid);
	}
	strv_clear(&pids);
	return error;
}

/* A failure here concerns only devices that have nodes, so it is stored separately. */
static void find_nodes(struct openers *openers, const struct flavour_ctx *ctx)
{
	int before = look_error();

	if (openers->nodes_known)
		return;
	look_start();
	openers->nodes_known = true;
	openers->node_error = read_nodes(openers, ctx, "char");
	if (!openers->node_error)
		openers->node_error = read_nodes(openers, ctx, "block");
	look_start();
	look_failed(before);
}

/* The walk through all processes is long, so it is one for all devices asked about. */
static void find_openers(struct openers *openers, const struct flavour_ctx *ctx)
{
	int before = look_error();

	if (openers->known)
		return;
	look_start();
	openers->known = true;
	openers->vfio_major = vfio_node_major(ctx);
	openers->error = look_at_processes(openers, ctx);
	look_start();
	look_failed(before);
}

void openers_look(struct openers *openers, const struct flavour_ctx *ctx)
{
	find_nodes(openers, ctx);
	find_openers(openers, ctx);
}

/* Of a VFIO device the group's node, too: it lies below no device. */
static bool is_group_node(struct flavour_device *dev, const char *real)
{
	const char *name = strrchr(real, '/');
	int group = flavour_device_vfio_group_node(dev) ? flavour_device_group(dev) : -1;
	char number[16];

	if (group < 0 || !name++ || !strstr(real, "/virtual/vfio/"))
		return false;
	snprintf(number, sizeof(number), "%d", group);
	return !strcmp(starts_with(name, "noiommu-") ? name + strlen("noiommu-") : name, number);
}

static bool is_vfio_node(const char *real)
{
	return strstr(real, "/virtual/vfio/") || strstr(real, "/vfio-dev/");
}

/* The node's name below /dev, as the kernel has it. */
static char *node_name(const struct node *node)
{
	AUTOFREE char *path = format("%s/uevent", node->real);
	AUTOFREE char *text = read_text(path, NULL);
	char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;

	for (; line; line = strtok_r(NULL, "\n", &save))
		if (starts_with(line, "DEVNAME="))
			return format("/dev/%s", line + strlen("DEVNAME="));
	return format("/dev/%s%s", strstr(node->real, "/vfio-dev/") ? "vfio/devices/" : "",
		      strrchr(node->real, '/') + 1);
}

/* The name of a process may contain anything. */
static char *process_name(const struct flavour_ctx *ctx, int pid)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "%d/comm", pid);
	char *name = read_attr(path), *c;

	for (c = name; c && *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	return name;
}

/* snd_card_free() waits until the last file is closed, and so does NVIDIA's driver. */
static bool unbind_waits(const struct node *node)
{
	return (strstr(node->real, "/sound/card") && !strstr(node->real, "/usb")) ||
	       node->key >> 32 == NVIDIA_MAJOR;
}

static int add_use(struct flavour_uses *uses, struct flavour_device *dev, const struct node *node,
		   int pid)
{
	AUTOFREE char *name = process_name(dev->ctx, pid);
	AUTOFREE char *file = node_name(node);
	bool vfio = is_vfio_node(node->real);
	int error;

	error = uses_add(uses, vfio ? FLAVOUR_USE_VFIO : FLAVOUR_USE_OPEN, file ? file : "?", pid,
			 vfio ? "%s is open in process %d (%s). End it, or detach the device there "
			 "first: unbinding now would hang." :
			 "%s is open in process %d (%s). End it first, or have it close the "
			 "device.", file ? file : "?", pid, name ? name : "?");
	if (!error)
		uses->v[uses->count - 1]->waits = vfio || unbind_waits(node);
	return error;
}

/* A process is told once, for the first of the device's nodes that it has open. */
static int add_openers(struct flavour_uses *uses, struct flavour_device *dev,
		       const struct node *nodes, size_t count, const struct openers *openers)
{
	int error = 0, last = 0;
	size_t i, j;

	for (i = 0; !error && i < openers->count; i++) {
		for (j = 0; j < count && nodes[j].key != openers->v[i].key; j++)
			;
		if (j == count || openers->v[i].pid == last)
			continue;
		last = openers->v[i].pid;
		error = add_use(uses, dev, &nodes[j], last);
	}
	return error;
}

/* Character devices of NVIDIA's driver are in no class: it lists its devices by itself. */
static int add_nvidia(struct flavour_device *dev, struct node *nodes, size_t *count)
{
	AUTOFREE char *path = ctx_path(dev->ctx, FLAVOUR_ROOT_PROC,
				       "driver/nvidia/gpus/%s/information", dev->address);
	AUTOFREE char *text = read_text(path, NULL);
	const char *at = text ? strstr(text, "Device Minor:") : NULL;
	struct node *node = &nodes[*count];
	unsigned int minor;

	if (!at || sscanf(at, "Device Minor: %u", &minor) != 1)
		return 0;
	node->key = node_key(false, NVIDIA_MAJOR, minor);
	node->real = format("%s/nvidia%u", device_real(dev), minor);
	if (!node->real)
		return -ENOMEM;
	(*count)++;
	return 0;
}

static bool is_disk(struct flavour_device *dev, const struct node *node)
{
	const struct strv *disks = device_disks(dev);
	const char *name = strrchr(node->real, '/');

	return node->key >> 63 && name && strv_has(disks, name + 1);
}

/*
 * Those below the device, its group's, its siblings' of VFIO, and the disks of several
 * paths, which lie below none.
 */
static size_t select_nodes(struct flavour_device *dev, const struct openers *openers,
			   struct node *nodes)
{
	size_t i, count = 0;

	for (i = 0; i < openers->node_count; i++) {
		const struct node *node = &openers->nodes[i];

		if (device_has_below(dev, node->real) || is_group_node(dev, node->real) ||
		    vfio_node_is_of_sibling(dev, node->real) || is_disk(dev, node))
			nodes[count++] = *node;
	}
	return count;
}

static int unseen(struct flavour_uses *uses, struct flavour_device *dev, const struct node *node,
		  int error)
{
	AUTOFREE char *file = node ? node_name(node) : NULL;
	const char *help = error == -EXDEV ? "this is a container, which sees its own processes "
			   "only" : strerror(-error);

	return uses_add(uses, FLAVOUR_USE_UNKNOWN, file ? file : dev->address, 0,
			"Which processes have %s open is unknown (%s), so it counts as in use. "
			"Run this as root, outside of containers, with /proc and /sys mounted.",
			file ? file : dev->address, help);
}

static int add_known(struct flavour_uses *uses, struct flavour_device *dev,
		     const struct node *nodes, size_t count, struct openers *openers)
{
	if (!count)
		return 0;
	find_openers(openers, dev->ctx);
	if (openers->error)
		return unseen(uses, dev, nodes, openers->error);
	return add_openers(uses, dev, nodes, count, openers);
}

int uses_add_openers(struct flavour_uses *uses, struct flavour_device *dev,
		     struct openers *openers)
{
	struct node *nodes, *nvidia;
	size_t count;
	int error;

	find_nodes(openers, dev->ctx);
	if (openers->node_error)
		return unseen(uses, dev, NULL, openers->node_error);
	/* Only who has it open knows of a node that sysfs has no more. */
	if (device_is_leaving(dev)) {
		find_openers(openers, dev->ctx);
		if (openers->error)
			return unseen(uses, dev, NULL, openers->error);
	}
	nodes = calloc(openers->node_count + 1, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	count = select_nodes(dev, openers, nodes);
	nvidia = &nodes[count];
	error = add_nvidia(dev, nodes, &count);
	if (!error)
		error = add_known(uses, dev, nodes, count, openers);
	free(nvidia->real);
	free(nodes);
	return error;
}
