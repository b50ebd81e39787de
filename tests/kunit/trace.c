// SPDX-License-Identifier: GPL-2.0-only
/* What main.c does for the module: the tracepoints, and the start and the end. */
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: driver_flavour's parts, with a bus that is made up");
