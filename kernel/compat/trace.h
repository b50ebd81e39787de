/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_COMPAT_TRACE_H
#define FLAVOUR_COMPAT_TRACE_H

#ifdef FLAVOUR_HAVE_ASSIGN_STR_1
#define compat_assign_str(dst, ...) __assign_str(dst)
#else
#define compat_assign_str(dst, src) __assign_str(dst, src)
#endif

#endif
