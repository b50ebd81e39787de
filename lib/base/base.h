/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where to look and what went wrong: the context, its roots, files, text, addresses.
 *
 * May use: nothing else
 * Used by: module, device, use, plan, policy, context.c, doctor.c
 *
 * Locking: flavour_plans_run() is the only place with threads, but for the one that
 * closes what a plan holds (plan/hold.c). Each of its workers owns the devices it
 * works on. What they share is in the context: its roots do not change any more,
 * all about modules (libkmod, the index, the modules themselves) is under the
 * context's lock, and who has which device node open under that of its looks.
 * A child that is forked for a time limit (limit.c) has one thread, and uses only what
 * its parent thread had.
 */
#ifndef FLAVOUR_BASE_H
#define FLAVOUR_BASE_H

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "libflavour.h"

#define API __attribute__((visibility("default")))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void free_charp(char **p)
{
	free(*p);
}

#define AUTOFREE __attribute__((cleanup(free_charp)))

/* One or more sentences: what is wrong, and what to do about it. */
struct err {
	char text[1024];
};

/*
 * The first failure since look_start(), in this thread: what can't be examined
 * may be in use.
 */
void look_start(void);
void look_failed(int error);
int look_error(void);

int fail(struct err *err, int error, const char *format, ...) PRINTF(3, 4);
void err_append(struct err *err, const char *format, ...) PRINTF(2, 3);

/* How long what waits in the kernel is waited for; all zero is for ever. */
struct limit {
	int64_t end;		/* in ms, monotonic; 0 for none */
	bool wakes;		/* a signal ends it while nothing is changed: EINTR */
	bool under_way;		/* something does not return: nothing else is begun */
	char *what;		/* that; to be freed */
};

void limit_start(struct limit *limit, unsigned int ms);
void limit_extend(struct limit *limit, unsigned int ms);
bool limit_is_over(const struct limit *limit);
/*
 * What @call returns; -ETIME if it was not begun, or woken; -EINPROGRESS if it does not
 * return. Without a limit, or if that is NULL, it is called as it is.
 */
int limit_call(struct limit *limit, const char *what, int (*call)(void *data), void *data);

/* A growing list of strings, ended by NULL; all zero is an empty one. */
struct strv {
	char **v;
	size_t count;
};

int strv_add(struct strv *list, const char *string);
int strv_take(struct strv *list, char *string);
bool strv_has(const struct strv *list, const char *string);
void strv_sort(struct strv *list);
void strv_clear(struct strv *list);
const char *strv_get(const struct strv *list, size_t index);
char *strv_join(const struct strv *list, const char *separator);

char *format(const char *fmt, ...) PRINTF(1, 2);
bool starts_with(const char *string, const char *prefix);
char *read_text(const char *path, size_t *size);
const char *read_strerror(int error);
struct stat;
bool is_dev_null(const struct stat *st);
char *read_attr(const char *path);
char *read_attr_at(int dir, const char *path);
int to_int(const char *text, int otherwise);
int read_attr_int(const char *path, int otherwise);
char *link_target(const char *path);
char *link_base(const char *path);
char *link_base_at(int dir, const char *path);
bool path_exists_at(int dir, const char *path);
bool path_exists(const char *path);
char *real_path(const char *path);
int write_attr(void *unused, const char *path, const char *text);
int list_dir_unsorted(const char *path, struct strv *names);
int list_dir(const char *path, struct strv *names);

/* Reads a number off a string; the string may go on behind it. */
const char *scan_hex(const char *s, unsigned int max_digits, uint32_t *value);

#define ROOTS (FLAVOUR_ROOT_MODULES + 1)

/* Two worlds of aliases, each of which has drivers of its own: "pci:" and "vfio_pci:". */
enum universe {
	UNIVERSE_NATIVE,
	UNIVERSE_VFIO,
	UNIVERSES
};

struct kmod_ctx;
struct index;
struct looks;

/* The calls that the tests replace. */
struct io {
	int (*write)(void *data, const char *path, const char *text);
	int (*load)(void *data, struct flavour_module *module);
	void *data;
};

struct flavour_ctx {
	char *roots[ROOTS];
	bool in_use;
	bool moved_config;
	int devices_fd;				/* /sys/bus/pci/devices, once in use */
	/* As of the last enumeration. */
	bool no_kernel_module, no_vfio_devs, vfio_devs_tell;
	enum flavour_backend backend;
	struct err err;
	struct io io;
	flavour_stop_fn stop;
	void *stop_data;
	flavour_log_fn log;
	void *log_data;
	pthread_mutex_t log_lock;		/* one line at a time */
	unsigned int lock_seconds;		/* how long to wait for policy_lock() */
	pthread_mutex_t lock;
	struct kmod_ctx *kmod;			/* lock */
	int kmod_error;				/* lock; why there will be none */
	char *kmod_problem;			/* lock; in words, once there is an error */
	struct index *index[UNIVERSES];		/* lock; once built, read only */
	struct flavour_module **modules;	/* lock; sorted by name */
	size_t module_count;			/* lock */
	struct strv native_drivers;		/* lock; known to be no VFIO drivers */
	struct looks *looks;
};

char *ctx_path(const struct flavour_ctx *ctx, enum flavour_root root, const char *fmt, ...)
	PRINTF(3, 4);
bool ctx_is_moved(const struct flavour_ctx *ctx, enum flavour_root root);
int ctx_oom(struct flavour_ctx *ctx);
int roots_init(struct flavour_ctx *ctx);
void roots_clear(struct flavour_ctx *ctx);
void ctx_use(struct flavour_ctx *ctx);
bool ctx_has_kernel_module(const struct flavour_ctx *ctx);
/* What was done, and what came of it: 0 or a negative errno. */
void ctx_log(struct flavour_ctx *ctx, int error, const char *fmt, ...) PRINTF(3, 4);
bool ctx_stopped(const struct flavour_ctx *ctx);

/* An address in parts, so that 10000:00:00.0 sorts behind ffff:00:00.0. */
struct address {
	uint32_t domain, bus, device, function;
};

#define ADDRESS_SIZE 24

bool address_parse(const char *text, struct address *address);
void address_format(const struct address *address, char *text);

#endif
