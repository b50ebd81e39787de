// SPDX-License-Identifier: LGPL-2.1-or-later
/* As much of a module as depmod wants to see: a name, and a symbol that it exports. */
#define IN(section_name) __attribute__((section(section_name), used))

static const char info[] IN(".modinfo") = "license=GPL\0name=fake_core";
static const char strings[] IN("__ksymtab_strings") = "fake_core_register";
