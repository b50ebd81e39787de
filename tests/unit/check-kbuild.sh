#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-kbuild.sh TOP: what a kernel's configuration lacks is said, once, and not when
# it is only cleaned up.
set -u

top=$1
bad=0

# says WORDS FOLDER OPTION…: of a kernel with these options; "" for nothing.
says() {
	local said
	said=$(make -s -f "$top/$2/Kbuild" src="$top/$2" srctree=/nonexistent "${@:3}" 2>&1 | grep needs)
	[[ -n $1 && $said == *"$1, which this kernel is built without"* ]] || [ -z "$1$said" ] || {
		echo "$*: says '$said'"
		bad=1
	}
}

all="CONFIG_MODULES=y CONFIG_PCI=y CONFIG_IOMMU_API=y CONFIG_CONFIGFS_FS=m"
# shellcheck disable=SC2086 # options
{
	says "" kernel $all
	says "needs CONFIG_CONFIGFS_FS" kernel $all CONFIG_CONFIGFS_FS=
	says "needs CONFIG_IOMMU_API CONFIG_CONFIGFS_FS" kernel CONFIG_MODULES=y CONFIG_PCI=y
	says "" variants/template $all CONFIG_VFIO_PCI_CORE=m
	says "needs CONFIG_VFIO_PCI_CORE" variants/template $all
}
says "" kernel
says "" variants/template
exit $bad
