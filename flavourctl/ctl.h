/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the command know of each other. */
#ifndef FLAVOURCTL_H
#define FLAVOURCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <libflavour.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof(*(a)))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* The exit codes, which scripts rely on. */
enum {
	CTL_DONE,
	CTL_FAILED,
	CTL_USAGE,
	CTL_NO_DEVICE,
	CTL_PARTLY,
};

struct names;

/* Where options.c puts what was given; a verb takes only some of them. */
struct options {
	bool json, no_header, group, force, dry_run, persist, hints, quiet, no_table, best, dot,
		help;
	bool rules_only;
	const char *columns, *width, *driver, *jobs, *timeout, *backend, *svg, *count, *device, *file;
};

struct ctl {
	const struct verb *verb;
	struct options opt;
	struct flavour_ctx *ctx;
	struct flavour_devices *all;	/* ctl_devices() */
	struct flavour_groups *groups;	/* ctl_groups() */
	struct names *names;		/* names.c */
	unsigned int timeout;		/* in seconds; check_run_options() */
};

/**
 * struct verb - one word of the command
 * @name: the word
 * @args: what may follow, for the help
 * @summary: a line for the help
 * @options: the letters of the options it takes
 * @min_args: fewer are a usage error
 * @max_args: more are one; -1 for no limit
 * @run: does it, and returns an exit code
 */
struct verb {
	const char *name;
	const char *args;
	const char *summary;
	const char *options;
	int min_args;
	int max_args;
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

int verb_list(struct ctl *ctl, int argc, char **argv);
int verb_show(struct ctl *ctl, int argc, char **argv);
int verb_explain(struct ctl *ctl, int argc, char **argv);
int verb_set(struct ctl *ctl, int argc, char **argv);
int verb_reset(struct ctl *ctl, int argc, char **argv);
int verb_drivers(struct ctl *ctl, int argc, char **argv);
int verb_groups(struct ctl *ctl, int argc, char **argv);
int verb_graph(struct ctl *ctl, int argc, char **argv);
int verb_monitor(struct ctl *ctl, int argc, char **argv);
int verb_doctor(struct ctl *ctl, int argc, char **argv);
int verb_rule(struct ctl *ctl, int argc, char **argv);
int verb_apply(struct ctl *ctl, int argc, char **argv);

/* options.c: returns the index of the first operand, or -1 after complaining */
int options_parse(struct ctl *ctl, int argc, char **argv);
void options_help(const struct verb *verb);
void options_list(const struct verb *verb);
int option_number(const char *name, const char *text, unsigned int max, unsigned int *number);

/* util.c */
void complain(const char *fmt, ...) PRINTF(1, 2);
int complain_ctx(struct ctl *ctl);
int complain_oom(void);
int finish_output(int status);

/* clean.c: stdout and stderr without what a terminal must not see */
void clean_output(void);
void clean_for_json(void);
FILE *raw_stdout(void);
FILE *raw_stderr(void);

/* stop.c: between the two, signals wait until what has begun is finished and told */
void stop_hold(struct ctl *ctl);
void stop_release(void);

/* select.c: what the operands mean; the sets belong to @ctl or the caller */
int ctl_devices(struct ctl *ctl);
struct flavour_group *ctl_group(struct ctl *ctl, int number);
int ctl_select(struct ctl *ctl, int argc, char **argv, struct flavour_devices **found);
int ctl_select_or_all(struct ctl *ctl, int argc, char **argv, struct flavour_devices **found);

/* problem.c: what is wrong with a device, to be freed; NULL if nothing is */
char *device_problem(struct ctl *ctl, struct flavour_device *dev);
bool has_better_driver(struct flavour_device *dev);

#endif
