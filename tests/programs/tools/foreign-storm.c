// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * foreign-storm [-a] [-c CGROUP] [-f ERR-FILE]… [-m MODULE]… [-p PF] [-r RULES]
 *               [-s SECONDS] [-w WRITERS] -n OPERATIONS DEV=DRIVER…
 *
 * Writers of driver_flavour, and of all else that binds and unbinds a PCI device,
 * are killed, stopped, signalled, frozen and starved while they write. DRIVER is the
 * native one's name, or "-". It ends after so many operations, or seconds.
 *
 * -a: a device has one writer and nobody else touches it, so that what it is after
 * each write, and after each death of its writer, can be judged. Otherwise all do
 * everything to all.
 *
 * -c: a cgroup for the writers; -f: where a driver's err can be written, so that
 * claims fail; -m: modules to load and unload; -p: a PF, whose VFs come and go;
 * -r: the configfs folder of the rules.
 *
 * What is wrong goes to stdout, a line each, then counts, "N WHAT…". It exits with 1
 * if something was wrong, and with 3 if a writer can't be killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "foreign.h"

static const char *const pains[PAINS] = {
	"SIGKILL", "SIGTERM, SIGINT", "SIGSTOP, SIGCONT", "signals with SA_RESTART",
	"cgroup frozen", "cgroup killed", "cgroup without memory", "cgroup without CPU"
};

static int n_writers = 8;
static const char *cgroup;
static long operations, seconds;
static pid_t pids[FOREIGN_MOST];

/* --- a writer ------------------------------------------------------------- */

static void nothing(int sig)
{
}

static void on(int sig, int flags)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };

	sigaction(sig, &action, NULL);
}

static void limit(int what, rlim_t most)
{
	struct rlimit limits = { most, most };

	setrlimit(what, &limits);
}

/* Each is born with hardships of its own. */
static void hardships(void)
{
	struct itimerval every = { { 0, 1000 + foreign_pick(8000) }, { 0, 5000 } };
	struct sched_param idle = { 0 };
	char path[256], pid[16];

	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	foreign.may_interrupt = !foreign_pick(8);
	on(SIGALRM, foreign.may_interrupt ? 0 : SA_RESTART);
	on(SIGCHLD, SA_RESTART);
	on(SIGUSR1, SA_RESTART);
	if (foreign_pick(2))
		setitimer(ITIMER_REAL, &every, NULL);
	if (!foreign_pick(6))
		sched_setscheduler(0, SCHED_IDLE, &idle);
	else if (!foreign_pick(4))
		setpriority(PRIO_PROCESS, 0, 19);
	if (!foreign_pick(6))
		limit(RLIMIT_CPU, 1);
	if (!foreign_pick(6))
		limit(RLIMIT_NOFILE, 8);
	if (!foreign_pick(6))
		limit(RLIMIT_NPROC, 0);
	foreign_put("/proc/self/make-it-fail", "1"); /* where the kernel has it */
	if (!cgroup || !foreign_pick(5))
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	snprintf(pid, sizeof(pid), "%d", getpid());
	foreign_put(path, pid);
}

static void __attribute__((noreturn)) writer(int me)
{
	const struct foreign_device *dev = &foreign.devices[me];
	int word;

	srandom(getpid() * 31 + time(NULL));
	if (foreign.alone && foreign.tally->orphan[me])
		foreign_adopt(dev);
	foreign.tally->orphan[me] = false; /* from here on it is fair game */
	hardships();
	while (!foreign.tally->over && getppid() != 1) {
		if (!foreign.alone)
			dev = &foreign.devices[foreign_pick(foreign.n_devices)];
		word = foreign_pick(40) ? foreign_pick(16) ? foreign_pick(2) : NONE : OTHER;
		if (foreign_pick(3))
			foreign_set_flavour(dev, word);
		else
			foreign_any_deed(dev);
		foreign_count(foreign.tally->done);
	}
	_exit(0);
}

static void give_birth(int i)
{
	pids[i] = fork();
	if (!pids[i])
		writer(i);
}

/* --- who torments them ---------------------------------------------------- */

static int group(const char *name, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", cgroup, name);
	return foreign_put(path, value);
}

static void stop_and_go(pid_t pid)
{
	kill(pid, SIGSTOP);
	foreign_nap(foreign_pick(20000));
	kill(pid, SIGCONT);
}

static void squeeze(const char *name, const char *small, const char *big)
{
	group(name, small);
	foreign_nap(10000 + foreign_pick(60000));
	group(name, big);
}

static void torment(pid_t pid)
{
	static const int often[] = {
		KILL, KILL, TERM, STOP, STOP, STOP, STOP, RESTART, RESTART, RESTART, RESTART,
		RESTART, RESTART, FREEZE, FREEZE, GROUP_KILL, MEMORY, CPU
	};
	int pain = often[foreign_pick(cgroup ? 18 : 13)];

	foreign_count(foreign.tally->pains[pain]);
	switch (pain) {
	case KILL:
		kill(pid, SIGKILL);
		break;
	case TERM:
		kill(pid, foreign_pick(2) ? SIGTERM : SIGINT);
		break;
	case STOP:
		stop_and_go(pid);
		break;
	case RESTART:
		kill(pid, foreign_pick(2) ? SIGCHLD : SIGUSR1);
		break;
	case FREEZE:
		squeeze("cgroup.freeze", "1", "0");
		break;
	case GROUP_KILL:
		group("cgroup.kill", "1");
		break;
	case MEMORY:
		squeeze("memory.max", foreign_pick(2) ? "65536" : "0", "max");
		break;
	case CPU:
		squeeze("cpu.max", "1000 100000", "max");
		break;
	}
}

static int index_of(pid_t pid)
{
	int i;

	for (i = 0; i < n_writers; i++)
		if (pids[i] == pid)
			return i;
	return -1;
}

/* Who died is replaced; who came to its end, not. Returns how many there are. */
static int reap(bool replace)
{
	int status, i, left = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		i = index_of(pid);
		if (i < 0)
			continue;
		pids[i] = 0;
		if (!WIFSIGNALED(status))
			continue;
		foreign.tally->orphan[i] = foreign.alone;
		if (replace)
			give_birth(i);
	}
	for (i = 0; i < n_writers; i++)
		left += pids[i] > 0;
	return left;
}

static void storm(void)
{
	long end = seconds ? foreign_now() + seconds : 0;
	int i;

	for (i = 0; i < n_writers; i++)
		give_birth(i);
	while (reap(true) && foreign.tally->done < operations && !(end && foreign_now() >= end)) {
		foreign_nap(1000 + foreign_pick(8000));
		i = foreign_pick(n_writers);
		if (pids[i] > 0 && !foreign.tally->orphan[i])
			torment(pids[i]);
	}
	foreign.tally->over = true;
}

/* They come to their end by themselves, or can be killed; no clock but for that. */
static int calm(void)
{
	long end = foreign_now() + FOREIGN_PATIENCE;
	int i, left;

	while ((left = reap(false)) && foreign_now() < end + FOREIGN_PATIENCE) {
		for (i = 0; foreign_now() >= end && i < n_writers; i++)
			if (pids[i] > 0)
				kill(pids[i], SIGKILL);
		foreign_nap(20000);
	}
	for (i = 0; i < n_writers; i++)
		if (pids[i] > 0)
			foreign_wrong("writer %d can't be killed", pids[i]);
	for (i = 0; foreign.alone && !left && i < n_writers; i++)
		if (foreign.tally->orphan[i])
			foreign_adopt(&foreign.devices[i]);
	return left;
}

static void report(void)
{
	int i, err;

	printf("%ld operations\n", foreign.tally->done);
	for (i = 0; i < WORDS; i++)
		for (err = 0; err < FOREIGN_ERRNOS; err++)
			if (foreign.tally->writes[i][err])
				printf("%ld wrote %s: %s\n", foreign.tally->writes[i][err],
				       i == OTHER ? "no word" : foreign_words[i],
				       err ? strerrorname_np(err) : "ok");
	for (i = 0; i < DEEDS; i++) {
		long *n = foreign.tally->deeds[i];

		if (n[0] + n[1])
			printf("%ld %s (%ld refused)\n", n[0] + n[1], foreign_deeds[i], n[1]);
	}
	for (i = 0; i < PAINS; i++)
		if (foreign.tally->pains[i])
			printf("%ld %s\n", foreign.tally->pains[i], pains[i]);
	if (foreign.tally->interrupted)
		foreign_wrong("%ld writes: EINTR where all handlers have SA_RESTART", foreign.tally->interrupted);
	if (foreign.tally->blind)
		printf("%ld looks again, for want of memory\n", foreign.tally->blind);
	printf("%ld lost\n%ld wrong\n", foreign.tally->lost, foreign.tally->wrong);
}

static int usage(void)
{
	fprintf(stderr, "usage: foreign-storm [-a] [-c CGROUP] [-f ERR-FILE]… [-m MODULE]… [-p PF]\n"
		"       [-r RULES] [-s SECONDS] [-w WRITERS] -n OPERATIONS DEV=DRIVER…\n");
	return 2;
}

static bool options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "ac:f:m:n:p:r:s:w:")) > 0)
		switch (opt) {
		case 'a':
			foreign.alone = true;
			break;
		case 'c':
			cgroup = optarg;
			break;
		case 'f':
			foreign.err_files[foreign.n_err_files++ % FOREIGN_MOST] = optarg;
			break;
		case 'm':
			foreign.modules[foreign.n_modules++ % FOREIGN_MOST] = optarg;
			break;
		case 'n':
			operations = atol(optarg);
			break;
		case 'p':
			foreign.pf = optarg;
			break;
		case 'r':
			foreign.rules = optarg;
			break;
		case 's':
			seconds = atol(optarg);
			break;
		case 'w':
			n_writers = atoi(optarg);
			break;
		default:
			return false;
		}
	return foreign.n_err_files <= FOREIGN_MOST && foreign.n_modules <= FOREIGN_MOST;
}

int main(int argc, char **argv)
{
	char *equals;

	if (!options(argc, argv) || argc == optind || argc - optind > FOREIGN_MOST)
		return usage();
	if (getenv("LAB_SLOW"))
		foreign.slow = atoi(getenv("LAB_SLOW"));
	for (; optind < argc; optind++, foreign.n_devices++) {
		equals = strchr(argv[optind], '=');
		if (!equals)
			return usage();
		*equals = 0;
		foreign.devices[foreign.n_devices] = (struct foreign_device){ argv[optind], equals + 1 };
	}
	if (foreign.alone)
		n_writers = foreign.n_devices;
	if (n_writers < 1 || n_writers > FOREIGN_MOST)
		return usage();
	foreign.tally = mmap(NULL, sizeof(*foreign.tally), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (foreign.tally == MAP_FAILED)
		return 1;
	srandom(time(NULL));
	storm();
	if (calm())
		return report(), 3;
	report();
	fflush(stdout);
	return foreign.tally->wrong != 0;
}
