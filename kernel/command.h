/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_COMMAND_H
#define FLAVOUR_COMMAND_H

#include <linux/umh.h>

#define FLAVOUR_PATH_LEN 256 /* as long as kernel.modprobe can be */

/**
 * struct command - a program and its arguments
 * @argv: what to run; empty for nothing
 * @words: those of them that the parameter "loader" has
 * @path: the program, if kernel.modprobe names it
 */
struct command {
	char **argv;
	char **words;
	char path[FLAVOUR_PATH_LEN];
};

int flavour_command_get(struct command *c, char *alias);
void flavour_command_put(struct command *c);

int flavour_command_init(void);
void flavour_command_exit(void);

#endif
