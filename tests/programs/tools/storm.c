// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm [-v DEV]… SECONDS WRITERS DEV…: WRITERS processes do whatever a machine's
 * administrators might do at the same time to PCI devices, for SECONDS.
 *
 * Prints a line for each kind of operation: its name, how often it was done, how
 * often it was refused, and what the refusals said.  A DEV that is not there is
 * passed over.  -v: a VF, which native drivers are kept away from.
 */
#define _GNU_SOURCE
#include "vfio-open.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"
#define RULES "/sys/kernel/config/driver_flavour/pci"
#define MAX_DEVICES 64
#define MAX_ERRNO 134
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *devices[MAX_DEVICES];
static unsigned int n_devices, n_vfs; /* the VFs come first */

static const char *const overrides[] = {
	"", "vfio", "vfio-pci*", "vfio_pci*", "vfio-pci", "none", "native",
	"test_exact_vfio_pci", "test_nic_vfio_pci", "pci-stub", "no-such-driver",
	"Vfio", "vfio ", "0123456789012345678901234567890123456789012345678901234567890123",
};
static const char *const drivers[] = {
	"vfio-pci", "test_exact_vfio_pci", "test_narrow_vfio_pci", "test_nic_vfio_pci",
	"test_class_vfio_pci", "test_slow_vfio_pci", "test_native_fail", "nvme", "e1000e",
	"vfio", "vfio-pci*",
};
static const char *const variants[] = {
	"test_exact_vfio_pci", "test_narrow_vfio_pci", "test_nic_vfio_pci",
	"test_class_vfio_pci", "test_fail_vfio_pci", "test_native_fail", "vfio_pci",
};
static const char *const matches[] = {
	"address=0000:04:*", "address=0000:05:00.0", "address=*", "modalias=pci:v00001234*",
	"physfn=0000:03:00.0", "physfn=*", "address=0000:0?:* modalias=*i02*",
	"", "address=", "what=ever", "address=a address=b modalias=c physfn=d address=e "
	"address=f address=g address=h address=i",
};
static const char *const words[] = { "native", "vfio", "none" };
static const char *const readable[] = {
	"driver_flavour", "driver_flavour", "driver_override", "modalias", "uevent", "config",
	"resource", "numa_node", "power_state", "sriov_numvfs", "enable",
};
static const char *const rule_files[] = { "match", "flavour", "active", "hits" };
static const char *const others[] = {
	"/sys/bus/pci/driver_flavours",
	"/sys/module/driver_flavour/parameters/loader",
	"/sys/module/driver_flavour/parameters/loader_timeout",
};

#define PICK(array) ((array)[random() % COUNT(array)])

static const char *pick_device(void)
{
	return devices[random() % n_devices];
}

static const char *pick_native_device(void)
{
	return devices[n_vfs + random() % (n_devices - n_vfs)];
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int put_line(const char *folder, const char *name, const char *file, const char *text)
{
	char path[512], line[512];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file);
	snprintf(line, sizeof(line), "%s\n", text);
	return put(path, line);
}

static int run(const char *program, const char *arg, const char *more)
{
	char *argv[] = { (char *)program, "-q", (char *)arg, (char *)more, NULL };
	char *env[] = { "PATH=/sbin:/usr/sbin:/bin:/usr/bin", NULL };
	posix_spawn_file_actions_t actions;
	int status, ret;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	ret = posix_spawn(&pid, program, &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	if (ret)
		return ret;
	if (waitpid(pid, &status, 0) < 0)
		return errno;
	return status ? EPERM : 0;
}

static int op_claim(void)
{
	return put_line(DEVICES, pick_device(), "driver_flavour", "vfio");
}

static int op_release(void)
{
	return put_line(DEVICES, pick_native_device(), "driver_flavour", "native");
}

static int op_none(void)
{
	return put_line(DEVICES, pick_device(), "driver_flavour", "none");
}

static int op_override(void)
{
	return put_line(DEVICES, pick_device(), "driver_override", PICK(overrides));
}

static int op_probe(void)
{
	return put("/sys/bus/pci/drivers_probe", pick_native_device());
}

static int op_bind(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", PICK(drivers));
	return put(path, pick_native_device());
}

static int op_unbind(void)
{
	const char *dev = pick_device();
	char path[256];

	snprintf(path, sizeof(path), DEVICES "/%s/driver/unbind", dev);
	return put(path, dev);
}

static int op_vfs(void)
{
	static const char *const numbers[] = { "0", "0", "1", "4", "8" };

	return put_line(DEVICES, "0000:03:00.0", "sriov_numvfs", PICK(numbers));
}

static int op_rule(void)
{
	char name[16], path[128];
	int err;

	snprintf(name, sizeof(name), "storm%ld", random() % 8);
	snprintf(path, sizeof(path), RULES "/%s", name);
	if (random() % 2)
		return rmdir(path) ? errno : 0;
	if (mkdir(path, 0755) && errno != EEXIST)
		return errno;
	put_line(RULES, name, "active", "0");
	err = put_line(RULES, name, "match", PICK(matches));
	if (err)
		return err;
	put_line(RULES, name, "flavour", PICK(words));
	return put_line(RULES, name, "active", random() % 4 ? "1" : "0");
}

static int op_modprobe(void)
{
	return run("/sbin/modprobe", PICK(variants), NULL);
}

static int op_rmmod(void)
{
	return run("/sbin/modprobe", "-r", PICK(variants));
}

static int op_reload(void)
{
	char path[128];
	int i, err;

	/* A rule keeps the module: sometimes nobody has one. */
	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), RULES "/storm%d", i);
		rmdir(path);
	}
	err = run("/sbin/modprobe", "-r", "driver_flavour");
	return run("/sbin/modprobe", "driver_flavour", NULL) ?: err;
}

static int op_open(void)
{
	struct vfio_handle vfio;
	int err = 0;

	if (!vfio_open_group(&vfio, pick_device()) || !vfio_open_device(&vfio))
		err = errno ?: EIO;
	else
		usleep(random() % 20000);
	vfio_close(&vfio);
	return err;
}

static int op_read(void)
{
	char path[256], data[4096];
	int fd, err;

	switch (random() % 8) {
	case 0:
		snprintf(path, sizeof(path), "%s", PICK(others));
		break;
	case 1:
		snprintf(path, sizeof(path), RULES "/storm%ld/%s", random() % 8, PICK(rule_files));
		break;
	default:
		snprintf(path, sizeof(path), DEVICES "/%s/%s", pick_device(), PICK(readable));
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = read(fd, data, sizeof(data)) < 0 ? errno : 0;
	close(fd);
	return err;
}

static const struct {
	const char *name;
	int weight;
	int (*run)(void);
} ops[] = {
	{ "claim",    20, op_claim },
	{ "release",  14, op_release },
	{ "none",      6, op_none },
	{ "override", 10, op_override },
	{ "probe",     6, op_probe },
	{ "bind",      8, op_bind },
	{ "unbind",    6, op_unbind },
	{ "vfs",       3, op_vfs },
	{ "rule",     10, op_rule },
	{ "modprobe",  3, op_modprobe },
	{ "rmmod",     3, op_rmmod },
	{ "reload",    1, op_reload },
	{ "open",      6, op_open },
	{ "read",     30, op_read },
};

static struct shared {
	unsigned long done[COUNT(ops)], refused[COUNT(ops)][MAX_ERRNO];
	const char *doing[64];
} *shared;

static int pick_op(void)
{
	int total = 0, i, at;

	for (i = 0; i < (int)COUNT(ops); i++)
		total += ops[i].weight;
	at = random() % total;
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	return i;
}

static void write_for(int number, int seconds)
{
	time_t end = time(NULL) + seconds;
	int i, err;

	srandom(getpid() * 31 + number);
	if (!freopen("/dev/null", "w", stderr))
		_exit(1);
	while (time(NULL) < end) {
		i = pick_op();
		shared->doing[number] = ops[i].name;
		err = ops[i].run();
		__atomic_add_fetch(&shared->done[i], 1, __ATOMIC_RELAXED);
		if (err)
			__atomic_add_fetch(&shared->refused[i][err % MAX_ERRNO], 1,
					   __ATOMIC_RELAXED);
	}
	shared->doing[number] = NULL;
	_exit(0);
}

static void report(void)
{
	unsigned long all = 0, refused;
	unsigned int i, err;

	for (i = 0; i < COUNT(ops); i++) {
		for (refused = 0, err = 0; err < MAX_ERRNO; err++)
			refused += shared->refused[i][err];
		printf("%-9s %7lu done, %7lu refused:", ops[i].name, shared->done[i], refused);
		for (err = 0; err < MAX_ERRNO; err++)
			if (shared->refused[i][err])
				printf(" %s %lu", strerrorname_np(err) ?: "?",
				       shared->refused[i][err]);
		printf("\n");
		all += shared->done[i];
	}
	printf("operations %lu\n", all);
}

/* A writer that does not come back hangs in the kernel: say where. */
static int await_writers(int writers, int grace)
{
	time_t end = time(NULL) + grace;
	int left = writers, i;

	while (left) {
		if (waitpid(-1, NULL, WNOHANG) > 0) {
			left--;
			continue;
		}
		if (time(NULL) > end)
			break;
		usleep(100000);
	}
	for (i = 0; i < writers && left; i++)
		if (shared->doing[i])
			printf("a writer hangs in %s\n", shared->doing[i]);
	return left;
}

int main(int argc, char **argv)
{
	int opt, seconds, writers, i, hung;

	while ((opt = getopt(argc, argv, "v:")) == 'v')
		devices[n_devices++] = optarg;
	n_vfs = n_devices;
	if (opt != -1 || argc - optind < 3) {
		fprintf(stderr, "usage: storm [-v DEV]... SECONDS WRITERS DEV...\n");
		return 2;
	}
	seconds = atoi(argv[optind++]);
	writers = atoi(argv[optind++]);
	while (optind < argc && n_devices < MAX_DEVICES)
		devices[n_devices++] = argv[optind++];
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || writers < 1 || writers > 64)
		return 2;
	fflush(stdout);
	for (i = 0; i < writers; i++)
		if (!fork())
			write_for(i, seconds);
	hung = await_writers(writers, seconds + 300);
	report();
	return hung > 0;
}
