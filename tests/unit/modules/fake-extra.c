// SPDX-License-Identifier: LGPL-2.1-or-later
#define IN(section_name) __attribute__((section(section_name), used))

static const char info[] IN(".modinfo") =
	"license=GPL\0name=fake_extra\0alias=pci:v000015B3d0000101Esv*sd*bc*sc*i*";
