// SPDX-License-Identifier: GPL-2.0-only
/*
 * The variant drivers of Linux 6.12 by their names and ID tables, and nothing
 * of what they do: enough to see which of them a device gets.
 */
#include "../drivers/variant.h"

#define LISTS(driver, ...) \
	static const struct pci_device_id driver##_table[] = { __VA_ARGS__, {} }
#define ID(vendor, device) { PCI_DRIVER_OVERRIDE_DEVICE_VFIO(vendor, device) }

LISTS(mlx5, ID(0x15b3, 0x101e));
LISTS(hisi, ID(0x19e5, 0xa256), ID(0x19e5, 0xa259), ID(0x19e5, 0xa251));
LISTS(pds, ID(0x1dd8, 0x1003));
LISTS(virtio, ID(0x1af4, 0x1041));
LISTS(qat, ID(0x8086, 0x4941), ID(0x8086, 0x4943), ID(0x8086, 0x4945));
LISTS(nvgrace, ID(0x10de, 0x2342), ID(0x10de, 0x2345));

#define DRIVER(_name, _driver) {				\
	.name			= (_name),			\
	.id_table		= _driver##_table,		\
	.probe			= variant_probe,		\
	.remove			= variant_remove,		\
	.err_handler		= &vfio_pci_core_err_handlers,	\
	.driver_managed_dma	= true,				\
}

static struct pci_driver drivers[] = {
	DRIVER("mlx5_vfio_pci", mlx5),
	DRIVER("hisi_acc_vfio_pci", hisi),
	DRIVER("pds_vfio_pci", pds),
	DRIVER("virtio_vfio_pci", virtio),
	DRIVER("qat_vfio_pci", qat),
	DRIVER("nvgrace_gpu_vfio_pci", nvgrace),
};

static int __init sim_variants_init(void)
{
	int i, ret = 0;

	for (i = 0; i < ARRAY_SIZE(drivers) && !ret; i++)
		ret = pci_register_driver(&drivers[i]);
	if (!ret)
		return 0;
	while (--i > 0)
		pci_unregister_driver(&drivers[i - 1]);
	return ret;
}
module_init(sim_variants_init);

static void __exit sim_variants_exit(void)
{
	int i;

	for (i = ARRAY_SIZE(drivers); i-- > 0; )
		pci_unregister_driver(&drivers[i]);
}
module_exit(sim_variants_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: the tables of Linux's VFIO variants");
