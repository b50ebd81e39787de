# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cdev.sh: /dev/vfio/devices. With VFIO_BACKEND=cdev the tools use it.

# cdev_of DEV: its node.
cdev_of() {
	echo "/dev/vfio/devices/$(vfio_dev_of "$1")"
}

# cdev_held DEV [OPTION]: open in $holder, and bound to an iommufd, or only open with
# --group-only.
cdev_held() {
	rm -f $lab_run/held
	VFIO_BACKEND=cdev vfio-hold ${2:+"$2"} "$1" >$lab_run/held </dev/null &
	holder=$!
	wait_for "grep -qs '^holding' $lab_run/held || ! kill -0 $holder"
	assert grep -qs '^holding' $lab_run/held
}

cdev_let_go() {
	kill $holder
	wait $holder || :
}
