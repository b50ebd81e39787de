/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read before each file (Kbuild): what today's kernel has, under its name of
 * today, for kernels that are older. So no other file has to know of them.
 */
#ifndef FLAVOUR_COMPAT_H
#define FLAVOUR_COMPAT_H

#include "added.h"
#include "init_fs.h"
#include "override.h"
#include "trace.h"

#endif
