/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logs why a write was refused. Rate limited, because a program may try again and
 * again.
 */
#ifndef FLAVOUR_SAY_H
#define FLAVOUR_SAY_H

#include <linux/ratelimit.h>
#include <linux/string.h>

/* At most five lines in five seconds from each place in the source. */
#define SAY_INTERVAL (5 * HZ)
#define SAY_BURST    5

/**
 * say_len - how much of a user's text is logged
 * @text: the text
 *
 * Return: the length for "%*pE", which escapes what moves a cursor.
 */
static inline int say_len(const char *text)
{
	return strnlen(text, 80);
}

/**
 * say - pr_info(), dev_warn() or the like, if it is not too often
 * @print: which of them
 */
#define say(print, ...)							\
do {									\
	static DEFINE_RATELIMIT_STATE(say_rs, SAY_INTERVAL, SAY_BURST);	\
									\
	if (__ratelimit(&say_rs))					\
		print(__VA_ARGS__);					\
} while (0)

#endif
