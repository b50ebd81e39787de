// SPDX-License-Identifier: GPL-2.0-only
/* What main.c does for the module. */
#define CREATE_TRACE_POINTS
#include "trace.h"
