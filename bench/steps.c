// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steps RUNS NAME=FILE…: play each FILE, a list of steps, RUNS times, by turns
 * (A B, B A, A B …), and print what was timed:
 *
 *	runs NAME NANOSECONDS NANOSECONDS …
 *
 * A step a line. What lies between `start` and `stop` is timed:
 *
 *	start | stop
 *	write FILE [DATA]     DATA and a newline, by one open, write and close
 *	wait PATTERN          until a file of that name exists, up to 10 s
 *	gone PATTERN          until none does
 *	bound DEV DRIVER      the PCI device's driver is DRIVER, or all is void
 *	sleep MILLISECONDS
 *	spawn PROGRAM ARG…    and wait for its end, its output to /dev/null
 *	succeeded             the last spawn's program has, or all is void
 *
 * There is no fork but in `spawn`, and no output while anything is timed.
 * -s N: leave the first N runs of each out, to warm up.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 300
#define WAIT_NS 10000000000LL

struct way;

struct step {
	void (*run)(struct way *way, const struct step *step);
	char *words[MAX_WORDS + 1]; /* without the first; NULL at the end */
	char *text;                 /* for write: its data */
	size_t len;
};

struct way {
	const char *name;
	struct step *steps;
	size_t n_steps;
	long long *runs, began, took;
	int status;
};

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void nap(long long ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&ts, NULL);
}

static void do_start(struct way *way, const struct step *step)
{
	way->began = now();
}

static void do_stop(struct way *way, const struct step *step)
{
	way->took += now() - way->began;
}

static void do_write(struct way *way, const struct step *step)
{
	int fd = open(step->words[0], O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, step->text, step->len) != (ssize_t)step->len)
		err(1, "%s: write %s", way->name, step->words[0]);
	close(fd);
}

static bool exists(const char *pattern)
{
	glob_t found;
	bool does;

	if (!strpbrk(pattern, "*?["))
		return !access(pattern, F_OK);
	does = !glob(pattern, GLOB_NOSORT, NULL, &found);
	globfree(&found);
	return does;
}

static void wait_until(struct way *way, const char *pattern, bool there)
{
	long long limit = now() + WAIT_NS;

	while (exists(pattern) != there) {
		if (now() > limit)
			errx(1, "%s: %s is %s", way->name, pattern,
			     there ? "not there" : "still there");
		nap(100000);
	}
}

static void do_wait(struct way *way, const struct step *step)
{
	wait_until(way, step->words[0], true);
}

static void do_gone(struct way *way, const struct step *step)
{
	wait_until(way, step->words[0], false);
}

static void do_bound(struct way *way, const struct step *step)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", step->words[0]);
	len = readlink(path, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	if (strcmp(basename(target), step->words[1]))
		errx(1, "%s: %s has the driver '%s', not '%s'", way->name, step->words[0],
		     basename(target), step->words[1]);
}

static void do_sleep(struct way *way, const struct step *step)
{
	nap(atoll(step->words[0]) * 1000000);
}

static void do_spawn(struct way *way, const struct step *step)
{
	static posix_spawn_file_actions_t silent;
	static bool made;
	int status;
	pid_t pid;

	if (!made)
		posix_spawn_file_actions_init(&silent);
	if (!made)
		posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
	made = true;
	errno = posix_spawn(&pid, step->words[0], &silent, NULL, (char **)step->words, environ);
	if (errno)
		err(1, "%s: %s", way->name, step->words[0]);
	waitpid(pid, &status, 0);
	way->status = status;
}

/* The last spawn's. */
static void do_succeeded(struct way *way, const struct step *step)
{
	if (way->status)
		errx(1, "%s: a program ended with status 0x%x", way->name, way->status);
}

static const struct verb {
	const char *name;
	void (*run)(struct way *way, const struct step *step);
	int min_words;
} verbs[] = {
	{ "start", do_start, 0 }, { "stop", do_stop, 0 },
	{ "write", do_write, 1 }, { "wait", do_wait, 1 },
	{ "gone", do_gone, 1 },   { "bound", do_bound, 2 },
	{ "sleep", do_sleep, 1 }, { "spawn", do_spawn, 1 },
	{ "succeeded", do_succeeded, 0 },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/* All that follows the file, spaces and all, as it is written. */
static void set_text(struct step *step, const char *line)
{
	const char *rest = line + strspn(line, " \t");

	for (int skip = 0; skip < 2; skip++) {
		rest += strcspn(rest, " \t");
		rest += strspn(rest, " \t");
	}
	step->len = asprintf(&step->text, "%s\n", rest);
}

/* Returns false for a line with nothing on it. */
static bool parse_step(struct step *step, char *line)
{
	const struct verb *verb;
	char *name, *rest;
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	*step = (struct step){ 0 };
	set_text(step, line);
	name = strtok_r(line, " \t", &rest);
	if (!name || *name == '#')
		return false;
	while (n < MAX_WORDS && (step->words[n] = strtok_r(NULL, " \t", &rest)))
		n++;
	verb = find_verb(name);
	if (!verb || n < verb->min_words)
		errx(2, "what is '%s', with %d words?", name, n);
	step->run = verb->run;
	return true;
}

static struct way read_way(char *arg, long runs)
{
	struct way way = { .name = strsep(&arg, "="), .runs = calloc(runs, sizeof(*way.runs)) };
	FILE *file = arg ? fopen(arg, "r") : NULL;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		err(2, "%s: %s", way.name, arg ?: "no file");
	while (getline(&line, &size, file) > 0) {
		way.steps = reallocarray(way.steps, way.n_steps + 1, sizeof(*way.steps));
		if (!way.steps || !way.runs)
			err(2, "%s", arg);
		if (parse_step(&way.steps[way.n_steps], line))
			way.n_steps++;
		line = NULL; /* the step's words are in there */
		size = 0;
	}
	fclose(file);
	return way;
}

static long long play(struct way *way)
{
	way->took = 0;
	for (size_t i = 0; i < way->n_steps; i++)
		way->steps[i].run(way, &way->steps[i]);
	return way->took;
}

static void print(const struct way *way, long skip, long runs)
{
	printf("runs %s", way->name);
	for (long run = skip; run < runs; run++)
		printf(" %lld", way->runs[run]);
	printf("\n");
}

int main(int argc, char **argv)
{
	long skip = 0, runs;
	struct way *ways;
	int n_ways, opt;

	while ((opt = getopt(argc, argv, "s:")) == 's')
		skip = atol(optarg);
	n_ways = argc - optind - 1;
	if (opt != -1 || n_ways < 1) {
		fprintf(stderr, "usage: steps [-s SKIP] RUNS NAME=FILE…\n");
		return 2;
	}

	runs = skip + atol(argv[optind++]);
	ways = calloc(n_ways, sizeof(*ways));
	for (int i = 0; i < n_ways; i++)
		ways[i] = read_way(argv[optind + i], runs);
	for (long run = 0; run < runs; run++)
		for (int i = 0; i < n_ways; i++) {
			struct way *way = &ways[run % 2 ? n_ways - 1 - i : i];

			way->runs[run] = play(way);
		}
	for (int i = 0; i < n_ways; i++)
		print(&ways[i], skip, runs);
	return 0;
}
