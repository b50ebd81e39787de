// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake.h"

static char *at(const struct fake *fake, const char *path)
{
	char *full = format("%s/%s", fake->dir, path);

	assert_non_null(full);
	return full;
}

static void make_parents(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

void fake_bytes(struct fake *fake, const char *path, const void *bytes, size_t size)
{
	AUTOFREE char *full = at(fake, path);
	FILE *file;

	make_parents(full);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void fake_file(struct fake *fake, const char *path, const char *text)
{
	fake_bytes(fake, path, text, strlen(text));
}

void fake_dir(struct fake *fake, const char *path)
{
	AUTOFREE char *full = at(fake, path);

	make_parents(full);
	mkdir(full, 0755);
}

void fake_link(struct fake *fake, const char *path, const char *target)
{
	AUTOFREE char *full = at(fake, path);
	AUTOFREE char *absolute = *target == '/' ? strdup(target) : at(fake, target);

	make_parents(full);
	unlink(full);
	assert_int_equal(symlink(absolute, full), 0);
}

void fake_remove(struct fake *fake, const char *path)
{
	AUTOFREE char *full = at(fake, path);

	remove(full);
}

static const struct {
	enum flavour_root root;
	const char *name;
} roots[] = {
	{ FLAVOUR_ROOT_SYSFS, "sys" },
	{ FLAVOUR_ROOT_PROC, "proc" },
	{ FLAVOUR_ROOT_DEV, "dev" },
	{ FLAVOUR_ROOT_ETC, "etc" },
	{ FLAVOUR_ROOT_RUN, "run" },
	{ FLAVOUR_ROOT_LOCAL_LIB, "local" },
	{ FLAVOUR_ROOT_LIB, "lib" },
	{ FLAVOUR_ROOT_MODULES, "modules" },
};

static bool planned_failure(const struct fake *fake, const char *what, const char *name, int *error)
{
	AUTOFREE char *key = format("%s %s", what, name);
	size_t i;

	for (i = 0; i < fake->rule_count; i++) {
		if (strcmp(fake->rules[i].what, key))
			continue;
		*error = fake->rules[i].error;
		return true;
	}
	return false;
}

static char *device_path(const char *address, const char *attr)
{
	return format("sys/bus/pci/devices/%s/%s", address, attr);
}

static void do_bind(struct fake *fake, const char *address, const char *driver)
{
	AUTOFREE char *link = device_path(address, "driver");
	AUTOFREE char *target = format("sys/bus/pci/drivers/%s", driver);

	fake_link(fake, link, target);
}

static char *current_driver(struct fake *fake, const char *address)
{
	AUTOFREE char *relative = device_path(address, "driver");
	AUTOFREE char *full = at(fake, relative);

	return link_base(full);
}

/* What follows holds for a path: its last part is the attribute, the one before its owner. */
static void split(const char *path, char *owner, char *attr, size_t size)
{
	const char *last = strrchr(path, '/'), *start = last;

	while (start > path && start[-1] != '/')
		start--;
	snprintf(attr, size, "%s", last + 1);
	snprintf(owner, size, "%.*s", (int)(last - start), start);
}

static int write_bind(struct fake *fake, const char *driver, const char *address)
{
	AUTOFREE char *now = current_driver(fake, address);
	int error;

	if (planned_failure(fake, "bind", driver, &error))
		return error;
	if (now)
		return -EBUSY;
	do_bind(fake, address, driver);
	return 0;
}

static int write_unbind(struct fake *fake, const char *address)
{
	AUTOFREE char *link = device_path(address, "driver");

	fake_remove(fake, link);
	return 0;
}

/* The native driver of a device is written in its file "native". */
static int write_probe(struct fake *fake, const char *address)
{
	AUTOFREE char *relative = device_path(address, "native");
	AUTOFREE char *path = at(fake, relative);
	AUTOFREE char *native = read_attr(path);
	int unused;

	if (native && !planned_failure(fake, "bind", native, &unused))
		do_bind(fake, address, native);
	return 0;
}

static int write_override(struct fake *fake, const char *address, const char *text)
{
	fake_attr(fake, address, "driver_override", *text == '\n' ? "(null)\n" : text);
	return 0;
}

static int write_flavour(struct fake *fake, const char *address, const char *text)
{
	fake_attr(fake, address, "driver_flavour", text);
	write_unbind(fake, address);
	if (!strcmp(text, "vfio"))
		do_bind(fake, address, "vfio-pci");
	if (!strcmp(text, "native"))
		write_probe(fake, address);
	return 0;
}

static int kernel_write(struct fake *fake, const char *path, const char *text)
{
	char owner[64], attr[64];
	int error;

	split(path, owner, attr, sizeof(attr));
	if (planned_failure(fake, "write", attr, &error))
		return error;
	if (!strcmp(attr, "bind"))
		return write_bind(fake, owner, text);
	if (!strcmp(attr, "unbind"))
		return write_unbind(fake, text);
	if (!strcmp(attr, "drivers_probe"))
		return write_probe(fake, text);
	if (!strcmp(attr, "driver_override"))
		return write_override(fake, owner, text);
	if (!strcmp(attr, "driver_flavour"))
		return write_flavour(fake, owner, text);
	return -EACCES;
}

/*
 * As the kernel does, the links change before the driver is called; and a write to
 * driver_flavour is ended by a signal before anything changes. Only a child gets here.
 */
static int hang(struct fake *fake, const char *path, const char *text)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!fake->deaf) {
		pause();
		return -EINTR;
	}
	kernel_write(fake, path, text);
	for (;;)
		pause();
}

static int fake_write(void *data, const char *path, const char *text)
{
	struct fake *fake = data;
	char owner[64], attr[64];
	int error;

	pthread_mutex_lock(&fake->lock);
	split(path, owner, attr, sizeof(attr));
	strv_take(&fake->log, format("%s %s %s", owner, attr, *text == '\n' ? "-" : text));
	error = fake->hangs && !strcmp(attr, fake->hangs) ? hang(fake, path, text) :
							    kernel_write(fake, path, text);
	pthread_mutex_unlock(&fake->lock);
	return error;
}

/* A module is loaded with one driver: its name, "_" for "-" in the generic one's. */
static int fake_load(void *data, struct flavour_module *module)
{
	struct fake *fake = data;
	const char *driver = strcmp(module->name, "vfio_pci") ? module->name : "vfio-pci";
	int error;

	pthread_mutex_lock(&fake->lock);
	strv_take(&fake->log, format("load %s", module->name));
	pthread_mutex_unlock(&fake->lock);
	if (fake->while_loading)
		fake->while_loading(fake);
	if (planned_failure(fake, "load", module->name, &error))
		return error;
	fake_driver(fake, driver, module->name);
	return 0;
}

/* A context that has read nothing yet. */
void fake_forget(struct fake *fake)
{
	size_t i;

	flavour_ctx_free(fake->ctx);
	fake->ctx = NULL;
	assert_int_equal(flavour_ctx_new(&fake->ctx), 0);
	for (i = 0; i < ARRAY_LEN(roots); i++) {
		AUTOFREE char *path = at(fake, roots[i].name);

		mkdir(path, 0755);
		assert_int_equal(flavour_ctx_set_root(fake->ctx, roots[i].root, path), 0);
	}
	fake->ctx->io = (struct io){ fake_write, fake_load, fake };
}

struct fake *fake_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	/* In memory if possible, as sysfs is. */
	fake->dir = strdup(access("/dev/shm", W_OK) ? "/tmp/flavour.XXXXXX" :
						      "/dev/shm/flavour.XXXXXX");
	assert_non_null(mkdtemp(fake->dir));
	fake_forget(fake);
	pthread_mutex_init(&fake->lock, NULL);
	fake_file(fake, "modules/modules.alias", ALIASES);
	fake_file(fake, "sys/bus/pci/drivers_probe", "");
	fake_dir(fake, "sys/dev/char");
	fake_dir(fake, "sys/dev/block");
	fake_link(fake, "proc/1/ns/pid", "/pid:[4026531836]");
	fake_file(fake, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	return fake;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void fake_free(struct fake *fake)
{
	size_t i;

	flavour_ctx_free(fake->ctx);
	nftw(fake->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (i = 0; i < fake->rule_count; i++)
		free(fake->rules[i].what);
	strv_clear(&fake->log);
	pthread_mutex_destroy(&fake->lock);
	free(fake->dir);
	free(fake);
}

void fake_attr(struct fake *fake, const char *address, const char *attr, const char *text)
{
	AUTOFREE char *path = device_path(address, attr);

	fake_file(fake, path, text);
}

static void add_to_group(struct fake *fake, const char *address, const char *real, int group)
{
	AUTOFREE char *dir = format("sys/kernel/iommu_groups/%d", group);
	AUTOFREE char *member = format("%s/devices/%s", dir, address);
	AUTOFREE char *link = format("%s/iommu_group", real);

	fake_link(fake, member, real);
	fake_link(fake, link, dir);
}

void fake_device(struct fake *fake, const char *address, const char *modalias,
		 const char *parent, int group)
{
	AUTOFREE char *above = parent ? format("sys/bus/pci/devices/%s", parent) : NULL;
	AUTOFREE char *link_path = above ? at(fake, above) : NULL;
	AUTOFREE char *absolute = link_path ? realpath(link_path, NULL) : NULL;
	AUTOFREE char *real = absolute ? format("%s/%s", absolute + strlen(fake->dir) + 1, address)
				       : format("sys/devices/pci0000:00/%s", address);
	AUTOFREE char *link = format("sys/bus/pci/devices/%s", address);
	unsigned char config[64] = { 0 };

	fake_dir(fake, real);
	fake_link(fake, link, real);
	fake_attr(fake, address, "modalias", modalias);
	fake_attr(fake, address, "driver_override", "(null)\n");
	config[0x0e] = strstr(modalias, "bc06sc04") ? 0x81 : 0x80;
	AUTOFREE char *config_path = format("%s/config", real);
	fake_bytes(fake, config_path, config, sizeof(config));
	if (group >= 0)
		add_to_group(fake, address, real, group);
}

void fake_driver(struct fake *fake, const char *driver, const char *module)
{
	AUTOFREE char *state = format("sys/module/%s/initstate", module);
	AUTOFREE char *link = format("sys/module/%s/drivers/pci:%s", module, driver);
	AUTOFREE char *dir = format("sys/bus/pci/drivers/%s", driver);
	AUTOFREE char *back = format("sys/bus/pci/drivers/%s/module", driver);
	AUTOFREE char *target = format("sys/module/%s", module);

	fake_dir(fake, dir);
	fake_file(fake, state, "live\n");
	fake_link(fake, link, dir);
	fake_link(fake, back, target);
}

void fake_bind(struct fake *fake, const char *address, const char *driver)
{
	do_bind(fake, address, driver);
}

void fake_node(struct fake *fake, const char *real, const char *name, const char *like)
{
	struct stat st;

	assert_int_equal(stat(like, &st), 0);
	AUTOFREE char *number = format("%u:%u", major(st.st_rdev), minor(st.st_rdev));
	AUTOFREE char *link = format("sys/dev/char/%s", number);
	AUTOFREE char *dev = format("%s/dev", real);
	AUTOFREE char *uevent = format("%s/uevent", real);
	AUTOFREE char *text = format("MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n", major(st.st_rdev),
				     minor(st.st_rdev), name);

	fake_file(fake, dev, number);
	fake_file(fake, uevent, text);
	fake_link(fake, link, real);
}

void fake_open(struct fake *fake, int pid, const char *comm, const char *like)
{
	AUTOFREE char *name = format("proc/%d/comm", pid);
	AUTOFREE char *fd = format("proc/%d/fd/5", pid);

	fake_file(fake, name, comm);
	fake_link(fake, fd, like);
}

void fake_close(struct fake *fake, int pid)
{
	AUTOFREE char *fd = format("proc/%d/fd/5", pid);

	fake_remove(fake, fd);
}

void fake_fail(struct fake *fake, const char *what, int error)
{
	assert_true(fake->rule_count < ARRAY_LEN(fake->rules));
	fake->rules[fake->rule_count++] = (struct fake_rule){ strdup(what), error };
}

bool fake_logged(const struct fake *fake, const char *entry)
{
	return strv_has(&fake->log, entry);
}

void fake_kernel_module(struct fake *fake)
{
	struct flavour_devices *all;
	size_t i;

	fake_file(fake, "sys/bus/pci/driver_flavours", "native vfio none\n");
	assert_int_equal(flavour_devices_new(fake->ctx, &all), 0);
	for (i = 0; i < flavour_devices_count(all); i++)
		fake_attr(fake, flavour_devices_get(all, i)->address, "driver_flavour", "native");
	flavour_devices_free(all);
}

struct flavour_device *fake_get(struct fake *fake, const char *address)
{
	struct flavour_device *dev = NULL;

	assert_int_equal(flavour_device_new(fake->ctx, address, &dev), 0);
	return dev;
}
