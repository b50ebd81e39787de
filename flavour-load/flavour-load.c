// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flavour-load: loads the module that serves a device best, and no other. The
 * kernel module's loader, in place of modprobe, with the same arguments.
 *
 * A child does the work: what hangs in a module's init can't always be killed,
 * and even then this program ends in time.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <libflavour.h>

#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Less than the kernel module's loader_timeout, which is 30. */
#define DEFAULT_TIMEOUT 25
#define MAX_TIMEOUT 86400

/* The exit codes, as flavour-load(8) has them. */
enum {
	EXIT_DONE,
	EXIT_FAILED,
	EXIT_USAGE,
	EXIT_NO_MODULE,
	EXIT_TIMEOUT,
};

struct options {
	bool quiet;
	unsigned int flags;	/* of enum flavour_load_flags */
	unsigned int timeout;	/* seconds */
	const char *alias;
};

static void complain(const struct options *opt, const char *fmt, ...) PRINTF(2, 3);
static void report(int priority, const char *fmt, ...) PRINTF(2, 3);

static void complain(const struct options *opt, const char *fmt, ...)
{
	va_list args;

	if (opt->quiet)
		return;
	fputs("flavour-load: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

static bool to_kernel_log(int priority, const char *text)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	char line[900];
	ssize_t n = -1;
	int len;

	len = snprintf(line, sizeof(line), "<%d>flavour-load: %s\n", LOG_USER | priority, text);
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (fd >= 0) {
		n = write(fd, line, (size_t)len);
		close(fd);
	}
	return n == len;
}

/* One line; syslog where the kernel log can't be written, as in a container. */
static void report(int priority, const char *fmt, ...)
{
	char text[800];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (to_kernel_log(priority, text))
		return;
	openlog("flavour-load", LOG_PID, LOG_USER);
	syslog(LOG_USER | priority, "%s", text);
	closelog();
}

static int exit_code(int error)
{
	switch (error) {
	case 0:
		return EXIT_DONE;
	case -EINVAL:
		return EXIT_USAGE;
	case -ENODEV:
		return EXIT_NO_MODULE;
	default:
		return EXIT_FAILED;
	}
}

static int load(const struct options *opt)
{
	struct flavour_ctx *ctx;
	char *story = NULL;
	int error = flavour_ctx_new(&ctx);

	if (error) {
		complain(opt, "Out of memory.");
		return EXIT_FAILED;
	}
	error = flavour_load(ctx, opt->alias, opt->flags, &story);
	if (error)
		complain(opt, "%s", flavour_ctx_message(ctx));
	else if (opt->flags & FLAVOUR_LOAD_DRY_RUN)
		puts(story);
	if (fflush(stdout)) {
		complain(opt, "The output could not be written: %s.", strerror(errno));
		error = -EIO;
	}
	if (!(opt->flags & FLAVOUR_LOAD_DRY_RUN) && error != -EINVAL)
		report(error ? LOG_WARNING : LOG_INFO, "%s: %s", opt->alias,
		       error ? flavour_ctx_message(ctx) : story);
	free(story);
	flavour_ctx_free(ctx);
	return exit_code(error);
}

static pid_t start(const struct options *opt, const sigset_t *mask)
{
	pid_t parent = getpid(), child = fork();

	if (child)
		return child;
	/* Whoever kills the loader means this; and it takes install commands along. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILED);
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	exit(load(opt));
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Returns false when the time is over. SIGCHLD is blocked. */
static bool wait_until(pid_t child, int64_t end, int *status)
{
	struct timespec left;
	sigset_t chld;
	int64_t ns;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (waitpid(child, status, WNOHANG) != child) {
		ns = end - now_ns();
		if (ns <= 0)
			return false;
		left.tv_sec = (time_t)(ns / 1000000000);
		left.tv_nsec = (long)(ns % 1000000000);
		sigtimedwait(&chld, NULL, &left);
	}
	return true;
}

static int run(const struct options *opt)
{
	sigset_t chld, before;
	int64_t end = now_ns() + (int64_t)opt->timeout * 1000000000;
	int status;
	pid_t child;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	child = start(opt, &before);
	if (child < 0) {
		complain(opt, "Can't start a process: %s.", strerror(errno));
		return EXIT_FAILED;
	}
	if (wait_until(child, end, &status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	complain(opt, "It took more than %u s. Does a module's init hang?", opt->timeout);
	if (opt->flags & FLAVOUR_LOAD_DRY_RUN)
		return EXIT_TIMEOUT;
	report(LOG_WARNING, "%s: given up after %u s. Does a module's init hang?", opt->alias,
	       opt->timeout);
	return EXIT_TIMEOUT;
}

static int help(void)
{
	printf("flavour-load [-q] [-n] [-t SECONDS] [--] ALIAS\n"
	       "Load only the module of the best driver for a device.\n\n"
	       "ALIAS is vfio_pci:v… or pci:v… with every field written out.\n\n"
	       "  -q, --quiet            print nothing on stderr; the log has it\n"
	       "  -n, --dry-run          print what would be loaded, and load nothing\n"
	       "  -t, --timeout SECONDS  give up after that long (%u)\n"
	       "  -h, --help; -V, --version\n\n"
	       "Exit codes: 0 loaded, 1 failed, 2 usage, 3 no module serves the device, 4 timeout.\n",
	       DEFAULT_TIMEOUT);
	return EXIT_DONE;
}

static bool parse_timeout(struct options *opt, const char *text)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !value || value > MAX_TIMEOUT) {
		complain(opt, "--timeout needs a number of seconds from 1 to %u; \"%s\" is not one.",
			 MAX_TIMEOUT, text);
		return false;
	}
	opt->timeout = (unsigned int)value;
	return true;
}

static int usage(const struct options *opt)
{
	complain(opt, "See flavour-load --help.");
	return EXIT_USAGE;
}

/* Returns -1 to go on, or an exit code. */
static int parse(struct options *opt, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "quiet", no_argument, NULL, 'q' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "qnt:hV", longs, NULL)) != -1) {
		switch (letter) {
		case 'q':
			opt->quiet = true;
			break;
		case 'n':
			opt->flags |= FLAVOUR_LOAD_DRY_RUN;
			break;
		case 't':
			if (!parse_timeout(opt, optarg))
				return EXIT_USAGE;
			break;
		case 'h':
			return help();
		case 'V':
			printf("flavour-load %s\n", VERSION);
			return EXIT_DONE;
		default:
			return usage(opt);
		}
	}
	if (argc - optind != 1) {
		complain(opt, "It takes one alias.");
		return usage(opt);
	}
	opt->alias = argv[optind];
	return -1;
}

int main(int argc, char **argv)
{
	struct options opt = { .timeout = DEFAULT_TIMEOUT };
	int status = parse(&opt, argc, argv);

	if (status >= 0)
		return status;
	/* A variable, since the kernel module calls modprobe with the same arguments. */
	if (getenv("DRIVER_FLAVOUR_NEXT"))
		opt.flags |= FLAVOUR_LOAD_NEXT;
	return run(&opt);
}
