# shellcheck shell=sh disable=SC2034 # for those who source this
# SPDX-License-Identifier: GPL-2.0-or-later
#
# features.sh: what a kernel has, by asking it, never by its version.  To add a
# feature, add a case.

# feature NAME: this kernel has it; if not, $lab_lacks says what it lacks.  2 if
# there is no feature of that name.
feature() {
	case $1 in
	cdev)
		lab_lacks="this kernel's VFIO has no /dev/vfio/devices"
		grep -qs vfio_cdev_init "$(find "/lib/modules/$(uname -r)" -name vfio.ko)"
		;;
	dma-buf)
		lab_lacks="this kernel's VFIO exports no dma-bufs"
		grep -qs vfio_pci_core_get_dmabuf_phys "$(find "/lib/modules/$(uname -r)" -name vfio-pci-core.ko)"
		;;
	failslab)
		lab_lacks="this kernel can't inject faults"
		[ -d /sys/kernel/debug/failslab ]
		;;
	fanotify)
		lab_lacks="this kernel has no fanotify"
		[ -d /proc/sys/fs/fanotify ]
		;;
	kmemleak)
		lab_lacks="this kernel does not look for lost memory"
		[ -w /sys/kernel/debug/kmemleak ]
		;;
	kprobes)
		lab_lacks="this kernel has no kprobe events"
		[ -w /sys/kernel/tracing/kprobe_events ]
		;;
	kunit)
		lab_lacks="this kernel has no KUnit"
		[ -n "$(find "/lib/modules/$(uname -r)" -name kunit.ko)" ]
		;;
	mixed-groups)
		# Before it was split off, who joined a group was attached to its domain.
		lab_lacks="this kernel wants an IOMMU behind each device that joins a group"
		grep -q ' iommu_group_alloc_device$' /proc/kallsyms
		;;
	*)
		lab_lacks="no feature is called $1"
		return 2
		;;
	esac
}
