/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_COMPAT_TRACE_H
#define FLAVOUR_COMPAT_TRACE_H

/* It can't be given its name of today, as it is defined anew where it is used. */
#ifdef FLAVOUR_HAVE_ASSIGN_STR_1
#define flavour_assign_str(dst, ...) __assign_str(dst)
#else
#define flavour_assign_str(dst, src) __assign_str(dst, src)
#endif

#endif
