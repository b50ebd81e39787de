// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Is this an initramfs, and where does its root file system come from? The
 * kernel command line tells, with what initramfs-tools (/conf) and dracut
 * (/etc/cmdline.d) add to it, and the firmware.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/boot.h"

/* What follows them is on this machine, as far as the name goes. */
static const char *const local_roots[] = {
	"/dev/sd", "/dev/hd", "/dev/vd", "/dev/xvd", "/dev/nvme", "/dev/mmcblk", "/dev/md",
	"/dev/dm-", "/dev/mapper/", "/dev/disk/by-", "/dev/pmem", "/dev/sr", "/dev/bcache",
	"UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ZFS=", "zfs:", "zfs=", "block:",
};

/* Words of the kernel command line that set up a network, or fetch something from one. */
static const char *const network_words[] = {
	"ip=", "nfsroot=", "netroot=", "nbdroot=", "boot=", "netboot", "fetch=", "httpfs=",
	"ftpfs=", "url=", "iscsi", "ISCSI", "nvmf", "rd.iscsi", "rd.nvmf", "rd.nfs", "rd.nbd",
	"rd.fcoe", "fcoe=", "rd.neednet", "rd.route", "BOOTIF=", "vlan=", "bond=", "team=",
	"bridge=", "cifs", "aoe", "drbd", "rbd",
};

/* Values by which some of these say no. */
static bool says_no(const char *word)
{
	const char *value = strchr(word, '=');

	return value && (!value[1] || !strcmp(value, "=off") || !strcmp(value, "=none") ||
			 !strcmp(value, "=local") || !strcmp(value, "=0"));
}

static bool is_among(const char *word, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (starts_with(word, list[i]))
			return true;
	return false;
}

static int set_root(struct boot *boot, const char *root)
{
	free(boot->root);
	boot->root = *root ? strdup(root) : NULL;
	return boot->root || !*root ? 0 : -ENOMEM;
}

/* As the kernel has it, the last root= counts. */
static int read_word(struct boot *boot, const char *word)
{
	if (starts_with(word, "root="))
		return set_root(boot, word + strlen("root="));
	if (is_among(word, network_words, ARRAY_LEN(network_words)) && !says_no(word))
		boot->network = true;
	return 0;
}

/* Shell assignments: BOOT=nfs, IP="…", ROOT=/dev/nfs */
static int read_assignment(struct boot *boot, char *word)
{
	static const char *const names[][2] = {
		{ "BOOT=", "boot=" }, { "IP=", "ip=" }, { "ROOT=", "root=" },
	};
	char *quote;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		AUTOFREE char *lower = NULL;

		if (!starts_with(word, names[i][0]))
			continue;
		lower = format("%s%s", names[i][1],
			       word + strlen(names[i][0]) + strspn(word + strlen(names[i][0]), "\"'"));
		quote = lower ? strpbrk(lower, "\"'") : NULL;
		if (quote)
			*quote = '\0';
		return lower ? read_word(boot, lower) : -ENOMEM;
	}
	return 0;
}

/* Returns -ENOENT if it is not there; what can't be read may say anything. */
static int read_words(struct boot *boot, const char *path, bool shell)
{
	AUTOFREE char *text = path ? read_text(path, NULL) : NULL;
	char *save = NULL, *word;
	int error = text ? 0 : path ? -errno : -ENOMEM;

	if (error && error != -ENOENT)
		boot->network = true;
	for (word = text ? strtok_r(text, " \t\n", &save) : NULL; word && !error;
	     word = strtok_r(NULL, " \t\n", &save))
		error = shell ? read_assignment(boot, word) : read_word(boot, word);
	return error;
}

static int read_dir(struct boot *boot, const char *name, bool shell)
{
	AUTOFREE char *dir = ctx_path(boot->ctx, FLAVOUR_ROOT_ETC, "%s", name);
	struct strv names = { 0 };
	int error = list_dir(dir, &names);
	size_t i;

	if (error && error != -ENOENT)
		boot->network = true;
	for (i = 0, error = 0; i < names.count && error != -ENOMEM; i++) {
		AUTOFREE char *path = format("%s/%s", dir, names.v[i]);

		error = read_words(boot, path, shell);
	}
	strv_clear(&names);
	return error == -ENOMEM ? error : 0;
}

static int read_file(struct boot *boot, enum flavour_root root, const char *name, bool shell)
{
	AUTOFREE char *path = ctx_path(boot->ctx, root, "%s", name);
	int error = read_words(boot, path, shell);

	return error == -ENOMEM ? error : 0;
}

/* The kernel command line has the last word. */
static int read_all_words(struct boot *boot)
{
	int error = read_file(boot, FLAVOUR_ROOT_ETC, "../conf/initramfs.conf", true);

	if (!error)
		error = read_dir(boot, "../conf/conf.d", true);
	if (!error)
		error = read_file(boot, FLAVOUR_ROOT_ETC, "../conf/param.conf", true);
	if (!error)
		error = read_file(boot, FLAVOUR_ROOT_ETC, "cmdline", false);
	if (!error)
		error = read_dir(boot, "cmdline.d", false);
	return error ? error : read_file(boot, FLAVOUR_ROOT_PROC, "cmdline", false);
}

/* A root file system that the firmware knows from the network; or a hook for iSCSI. */
static bool firmware_has_network(const struct boot *boot)
{
	static const struct {
		enum flavour_root root;
		const char *path;
	} signs[] = {
		{ FLAVOUR_ROOT_SYSFS, "firmware/ibft" },
		{ FLAVOUR_ROOT_SYSFS, "firmware/acpi/tables/iBFT" },
		{ FLAVOUR_ROOT_SYSFS, "firmware/acpi/tables/IBFT" },
		{ FLAVOUR_ROOT_SYSFS, "firmware/acpi/tables/NBFT" },
		{ FLAVOUR_ROOT_ETC, "iscsi.initramfs" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(signs); i++) {
		AUTOFREE char *path = ctx_path(boot->ctx, signs[i].root, "%s", signs[i].path);

		if (!path || path_exists(path))
			return true;
	}
	return false;
}

/* The last line for "/" is what holds. */
static bool root_is_memory(const struct flavour_ctx *ctx)
{
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_PROC, "self/mountinfo");
	AUTOFREE char *mounts = path ? read_text(path, NULL) : NULL;
	char *save = NULL, *line = mounts ? strtok_r(mounts, "\n", &save) : NULL;
	bool memory = !mounts;
	char where[8], type[16];

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		const char *tail = strstr(line, " - ");

		if (!tail || sscanf(line, "%*s %*s %*s %*s %7s", where) != 1 || strcmp(where, "/"))
			continue;
		memory = sscanf(tail, " - %15s", type) == 1 &&
			 (!strcmp(type, "rootfs") || !strcmp(type, "tmpfs") ||
			  !strcmp(type, "ramfs"));
	}
	return memory;
}

/* A machine may run from memory for good; then it has neither of these, nor a root=. */
static bool is_initramfs(const struct boot *boot)
{
	AUTOFREE char *cmdline = ctx_path(boot->ctx, FLAVOUR_ROOT_PROC, "cmdline");
	AUTOFREE char *dracut = ctx_path(boot->ctx, FLAVOUR_ROOT_ETC, "initrd-release");
	AUTOFREE char *tools = ctx_path(boot->ctx, FLAVOUR_ROOT_ETC, "../scripts/functions");

	if (boot->root || !dracut || !tools || !cmdline || access(cmdline, R_OK))
		return true;
	return path_exists(dracut) || path_exists(tools);
}

int boot_read(struct boot *boot, struct flavour_ctx *ctx)
{
	int error;

	*boot = (struct boot){ .ctx = ctx };
	if (!root_is_memory(ctx))
		return 0;
	error = read_all_words(boot);
	boot->pending = is_initramfs(boot);
	if (!boot->root || !is_among(boot->root, local_roots, ARRAY_LEN(local_roots)) ||
	    firmware_has_network(boot))
		boot->network = true;
	return error;
}

void boot_clear(struct boot *boot)
{
	free(boot->root);
	boot->root = NULL;
}
