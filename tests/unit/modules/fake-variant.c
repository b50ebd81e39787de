// SPDX-License-Identifier: LGPL-2.1-or-later
#define IN(section_name) __attribute__((section(section_name), used))

void fake_core_register(void);
void init_module(void);

static const char info[] IN(".modinfo") =
	"license=GPL\0name=fake_variant\0softdep=pre: fake_extra\0"
	"alias=vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*";

void init_module(void)
{
	fake_core_register();
}
