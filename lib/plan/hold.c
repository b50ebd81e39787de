// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Holds what can be held from the last look until the unbind: a disk that is open
 * exclusively can't be mounted meanwhile, made swap, or built upon.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "plan/plan.h"

/* The node of a disk, to be freed; the kernel writes "!" for a "/" in its name. */
static char *disk_node(const struct flavour_ctx *ctx, const char *disk)
{
	char *node = ctx_path(ctx, FLAVOUR_ROOT_DEV, "%s", disk), *at;

	for (at = node ? node + strlen(ctx->roots[FLAVOUR_ROOT_DEV]) : NULL; at && *at; at++)
		if (*at == '!')
			*at = '/';
	return node;
}

/* A multipath disk does not disappear with one of its paths. */
static bool is_below(struct flavour_plan *plan, const char *disk, const char *number)
{
	AUTOFREE char *link = ctx_path(plan->own->ctx, FLAVOUR_ROOT_SYSFS, "class/block/%s", disk);
	AUTOFREE char *real = real_path(link);

	return number && real && device_has_below(plan->own, real);
}

static int check_node(int fd, const char *number)
{
	unsigned int major, minor;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode) || sscanf(number, "%u:%u", &major, &minor) != 2 ||
	    st.st_rdev != makedev(major, minor))
		return -ENOTBLK;
	return 0;
}

static int keep(struct flavour_plan *plan, int fd)
{
	int *grown = reallocarray(plan->holds, plan->hold_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	plan->holds = grown;
	grown[plan->hold_count++] = fd;
	return 0;
}

static int hold_disk(struct flavour_plan *plan, const char *disk)
{
	AUTOFREE char *attr = ctx_path(plan->own->ctx, FLAVOUR_ROOT_SYSFS, "class/block/%s/dev",
				       disk);
	AUTOFREE char *node = disk_node(plan->own->ctx, disk);
	AUTOFREE char *number = read_attr(attr);
	int fd, error;

	if (!is_below(plan, disk, number))
		return 0;
	fd = node ? open(node, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC) : -1;
	error = fd >= 0 ? check_node(fd, number) : node ? -errno : -ENOMEM;
	if (!error)
		error = keep(plan, fd);
	if (error && fd >= 0)
		close(fd);
	/* Without a medium, or dead: there is nothing to mount. */
	return error == -ENOMEDIUM || error == -ENXIO ? 0 : error;
}

int plan_hold(struct flavour_plan *plan)
{
	const struct strv *disks;
	int error = 0;
	size_t i;

	if (!plan->former || plan->flavour == FLAVOUR_NATIVE || plan->flags & FLAVOUR_PLAN_FORCE)
		return 0;
	look_start();
	disks = device_disks(plan->own);
	for (i = 0; !error && i < disks->count; i++) {
		error = hold_disk(plan, disks->v[i]);
		if (error)
			fail(&plan->err, EBUSY, error == -EBUSY ?
			     "/dev/%s has just come into use: %s." :
			     "/dev/%s can't be opened (%s), so it counts as in use. Does its node "
			     "exist in /dev?", disks->v[i], strerror(-error));
	}
	if (!error && look_error())
		error = fail(&plan->err, EBUSY, "The disks of %s can't be examined (%s), so they "
			     "count as in use. Try again.", plan->own->address,
			     strerror(-look_error()));
	if (!error)
		return 0;
	plan_let_go(plan);
	return -EBUSY;
}

struct watch {
	struct flavour_plan *plan;
	atomic_bool written;
};

static void *let_go_once_unbound(void *data)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct watch *watch = data;
	AUTOFREE char *path = device_attr_path(watch->plan->own, "driver");

	while (path && !atomic_load(&watch->written)) {
		AUTOFREE char *now = link_base(path);

		if (!now || strcmp(now, watch->plan->former))
			break;
		nanosleep(&moment, NULL);
	}
	plan_let_go(watch->plan);
	return NULL;
}

/*
 * A write to the kernel module, with the disks held no longer than until the unbind:
 * if the device is put back, a disk that is still open would keep its name from the
 * one that comes back.
 */
int plan_write_held(struct flavour_plan *plan, const char *path, const char *text)
{
	struct watch watch = { .plan = plan };
	pthread_t thread;
	int error;

	if (!plan->hold_count || pthread_create(&thread, NULL, let_go_once_unbound, &watch))
		return plan_write(plan, path, text);
	error = plan_write(plan, path, text);
	atomic_store(&watch.written, true);
	pthread_join(thread, NULL);
	return error;
}
