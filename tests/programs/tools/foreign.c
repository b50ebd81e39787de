// SPDX-License-Identifier: GPL-2.0-or-later
/* What the foreign storm's writers do; see foreign-storm.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "foreign.h"

const char *const foreign_words[WORDS] = { "vfio", "native", "none", "vfi\no" };
const char *const foreign_deeds[DEEDS] = {
	"reads", "driver_override", "drivers_probe", "unbind", "bind", "sriov_numvfs",
	"rules", "modprobe, rmmod", "probes made to fail or not", "namespaces"
};

struct foreign foreign = { .slow = 1 };

struct state {
	char flavour[16], driver[64], override[64];
	int vfio_dev; /* 0, or the errno of the look for it */
};

void foreign_nap(long us)
{
	usleep(us);
}

long foreign_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

int foreign_pick(int n)
{
	return random() % n;
}

void foreign_wrong(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (foreign_count(foreign.tally->wrong) < 200 && write(1, line, len) < 0)
		_exit(1);
}

int foreign_put(const char *path, const char *data)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = write(fd, data, strlen(data)) < 0 ? errno : 0;
	close(fd);
	return err;
}

static int get(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	ssize_t len = fd < 0 ? -1 : read(fd, buf, size - 1);

	err = errno;
	if (fd >= 0)
		close(fd);
	snprintf(buf + (len < 0 ? 0 : len), size - (len < 0 ? 0 : len), len < 0 ? "?" : "%s", "");
	buf[strcspn(buf, "\n")] = 0;
	errno = err;
	return len < 0 ? -1 : 0;
}

static const char *file(const char *dev, const char *name)
{
	static char path[2][256];
	static int at;

	at = !at;
	snprintf(path[at], sizeof(path[at]), "/sys/bus/pci/devices/%s/%s", dev, name);
	return path[at];
}

/* Returns whether all of it could be looked at; for want of memory it can't. */
static bool try_look(const char *dev, struct state *s)
{
	char to[256];
	ssize_t len = readlink(file(dev, "driver"), to, sizeof(to) - 1);
	bool blind = len < 0 && errno == ENOMEM;

	to[len < 0 ? 0 : len] = 0;
	snprintf(s->driver, sizeof(s->driver), "%.60s", len < 0 ? "-" : strrchr(to, '/') + 1);
	blind |= get(file(dev, "driver_flavour"), s->flavour, sizeof(s->flavour)) && errno == ENOMEM;
	blind |= get(file(dev, "driver_override"), s->override, sizeof(s->override)) && errno == ENOMEM;
	s->vfio_dev = access(file(dev, "vfio-dev"), F_OK) ? errno : 0;
	return !blind && s->vfio_dev != ENOMEM;
}

/* Who looks may be the one whose memory was taken: until it is given back. */
static struct state look(const char *dev)
{
	long end = foreign_now() + FOREIGN_PATIENCE;
	struct state s;

	while (!try_look(dev, &s) && foreign_now() < end) {
		foreign_count(foreign.tally->blind);
		foreign_nap(10000);
	}
	return s;
}

static bool same(const struct state *a, const struct state *b)
{
	return !strcmp(a->flavour, b->flavour) && !strcmp(a->driver, b->driver) &&
	       !strcmp(a->override, b->override);
}

/* What docs/abi says that a device of this flavour is, when nobody else touches it. */
static bool sound(const struct foreign_device *dev, const struct state *s)
{
	if (!strcmp(s->flavour, "vfio"))
		return strstr(s->driver, "vfio") && !strcmp(s->override, s->driver) && !s->vfio_dev;
	if (!strcmp(s->flavour, "none"))
		return !strcmp(s->driver, "-") && !strcmp(s->override, "none");
	return !strcmp(s->flavour, "native") && !strcmp(s->driver, dev->native) &&
	       !strcmp(s->override, "(null)");
}

#define STATE "flavour %s, driver %s, override %s, vfio-dev: %s"
#define ARGS(s) (s)->flavour, (s)->driver, (s)->override, (s)->vfio_dev ? strerror((s)->vfio_dev) : "there"

/* The module has to bring the device to one of its states, if nobody waits for that. */
static void settle(const struct foreign_device *dev, const char *after)
{
	long end = foreign_now() + FOREIGN_PATIENCE;
	struct state s = look(dev->at);

	for (; !sound(dev, &s) && foreign_now() < end; s = look(dev->at))
		foreign_nap(10000);
	if (sound(dev, &s))
		return;
	foreign_count(foreign.tally->lost);
	foreign_wrong("%s: lost after %s: " STATE, dev->at, after, ARGS(&s));
	foreign_put(file(dev->at, "driver_flavour"), "native\n");
	s = look(dev->at);
	foreign_wrong("%s: told native again: " STATE, dev->at, ARGS(&s));
}

void foreign_adopt(const struct foreign_device *dev)
{
	settle(dev, "its writer died");
}

static bool documented(int word, int err)
{
	static const int any[] = { 0, EBUSY, ENODEV, ETIMEDOUT, ENOMEM, EAGAIN, EIO };
	size_t i;

	if (err == EPERM && foreign.may_refuse)
		return true;
	/* The device or the module is gone; or another driver's probe said it. */
	if (!foreign.alone && (err == ENOENT || err == ENXIO || err == EINVAL || err == EOPNOTSUPP))
		return true;
	if (word == OTHER)
		return err == EINVAL;
	if (err == EINTR && foreign.may_interrupt)
		return true;
	if (!foreign.alone && (err == EINPROGRESS || err == ENOTRECOVERABLE))
		return true;
	for (i = 0; i < sizeof(any) / sizeof(*any); i++)
		if (err == any[i])
			return true;
	return false;
}

void foreign_set_flavour(const struct foreign_device *dev, int word)
{
	struct state before = look(dev->at), after;
	int err = foreign_put(file(dev->at, "driver_flavour"), foreign_words[word]);

	foreign_count(foreign.tally->writes[word][err < FOREIGN_ERRNOS ? err : FOREIGN_ERRNOS - 1]);
	if (err == EINTR && word != OTHER && !foreign.may_interrupt)
		foreign_count(foreign.tally->interrupted); /* once is wrong enough: see report() */
	else if (!documented(word, err))
		foreign_wrong("%s: %s: errno %d (%s) is not documented", dev->at, foreign_words[word], err,
		      strerror(err));
	if (!foreign.alone)
		return;
	if (err == EINTR) {
		settle(dev, "EINTR");
		return;
	}
	after = look(dev->at);
	if (err && !same(&before, &after))
		foreign_wrong("%s: %s said %s, was " STATE ", is " STATE, dev->at, foreign_words[word],
		      strerror(err), ARGS(&before), ARGS(&after));
	else if (!err && (strcmp(after.flavour, foreign_words[word]) || !sound(dev, &after)))
		foreign_wrong("%s: %s said ok, is " STATE, dev->at, foreign_words[word], ARGS(&after));
}

/* --- everything else that is done to devices ------------------------------ */

static int run(const char *program, const char *arg)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execl(program, program, arg, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 || status;
}

static int override(const struct foreign_device *dev)
{
	static const char *const names[] = {
		"\n", "\n", "vfio", "vfio-pci", "vfio-pci*", "vfio_pci*", "pci-stub", "none", "x"
	};
	const char *name = foreign_pick(8) ? names[foreign_pick(9)] : dev->native;

	return foreign_put(file(dev->at, "driver_override"), name);
}

static int bind(const struct foreign_device *dev)
{
	static const char *const to[] = { "vfio-pci", "pci-stub", "test_most_vfio_pci", "vfio" };
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind",
		 foreign_pick(2) ? to[foreign_pick(4)] : dev->native);
	return foreign_put(path, dev->at);
}

static int vfs(void)
{
	static const char *const n[] = { "0", "2", "0", "1" };

	return foreign.pf ? foreign_put(file(foreign.pf, "sriov_numvfs"), n[foreign_pick(4)]) : 0;
}

static int rule(const struct foreign_device *dev)
{
	char path[160], match[64];
	int len = snprintf(path, sizeof(path), "%s/foreign-%d", foreign.rules, foreign_pick(4));

	if (!foreign.rules)
		return 0;
	if (foreign_pick(2))
		return rmdir(path) ? errno : 0;
	if (mkdir(path, 0755) && errno != EEXIST)
		return errno;
	snprintf(match, sizeof(match), foreign_pick(3) ? "address=%s" : "physfn=%s", dev->at);
	strcpy(path + len, "/match");
	foreign_put(path, match);
	strcpy(path + len, "/flavour");
	foreign_put(path, foreign_words[foreign_pick(3)]);
	strcpy(path + len, "/active");
	return foreign_put(path, foreign_pick(4) ? "1" : "0");
}

/* A failing probe is seldom kept: most claims shall be done. */
static int make_fail(void)
{
	static const char *const errs[] = { "0", "0", "5", "19", "11", "12" };

	if (!foreign.n_err_files)
		return 0;
	return foreign_put(foreign.err_files[foreign_pick(foreign.n_err_files)], errs[foreign_pick(6)]);
}

static int namespaces(void)
{
	foreign.may_refuse = true;
	return unshare(CLONE_NEWNS | CLONE_NEWNET | (foreign_pick(2) ? CLONE_NEWUSER : 0)) ? errno : 0;
}

static int deed(const struct foreign_device *dev, int which)
{
	struct state s;

	switch (which) {
	case READ:
		s = look(dev->at);
		return s.flavour[0] == '?';
	case OVERRIDE:
		return override(dev);
	case PROBE:
		return foreign_put("/sys/bus/pci/drivers_probe", dev->at);
	case UNBIND:
		return foreign_put(file(dev->at, "driver/unbind"), dev->at);
	case BIND:
		return bind(dev);
	case VFS:
		return vfs();
	case RULE:
		return rule(dev);
	case MODULE:
		return foreign.n_modules && run(foreign_pick(2) ? "/sbin/modprobe" : "/sbin/rmmod",
					foreign.modules[foreign_pick(foreign.n_modules)]);
	case ERR:
		return make_fail();
	default:
		return namespaces();
	}
}

void foreign_any_deed(const struct foreign_device *dev)
{
	static const int often[] = {
		READ, READ, OVERRIDE, OVERRIDE, PROBE, PROBE, UNBIND, UNBIND, BIND, BIND, VFS,
		RULE, RULE, MODULE, ERR, ERR, ERR, NAMESPACE
	};
	int which = often[foreign_pick(sizeof(often) / sizeof(*often))];

	if (foreign.alone && which != ERR && which != NAMESPACE)
		which = READ;
	if (foreign.alone && which == NAMESPACE && foreign_pick(8))
		return;
	foreign_count(foreign.tally->deeds[which][deed(dev, which) != 0]);
}
