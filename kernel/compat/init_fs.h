/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths as init sees them, in a kernel thread.
 *
 * Until 7.2 a kernel thread shares init's root. Since then it has an empty one.
 */
#ifndef FLAVOUR_COMPAT_INIT_FS_H
#define FLAVOUR_COMPAT_INIT_FS_H

#include <linux/fs_struct.h>

#ifndef FLAVOUR_HAVE_INIT_FS
#define scoped_with_init_fs()
#endif

#endif
