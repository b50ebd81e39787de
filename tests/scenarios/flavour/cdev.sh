# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A device is in use, and left alone, while its own node of VFIO is open: bound to an iommufd or not.
# needs: cdev
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/cdev.sh"

claimed() {
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert [ -c "$(cdev_of $EDU)" ]
	assert vfio-info $EDU >$lab_run/info
	assert grep -q "^device $EDU 1234:11e8" $lab_run/info
}

# left_alone DEV: at once, whatever is asked for; and to ask for what it has is no error.
left_alone() {
	for word in native none; do
		within 25000 refused "$1" $word EBUSY
	done
	expect_errno ok "$(flavour_file "$1")" vfio
	assert kill -0 $holder
}

in_use() { # [OPTION]
	log_mark
	cdev_held $EDU "$@"
	left_alone $EDU
	log_since | grep -q "$EDU: .*user space has .* open" || fail "no line in the log"
	cdev_let_go
	assert set_flavour $EDU native
	is_native $EDU
	assert set_flavour $EDU vfio
}

# A word in driver_override takes the same way.
by_override() {
	cdev_held $EDU --group-only
	echo "vfio" >"$(sysfs $EDU driver_override)"
	left_alone $EDU
	cdev_let_go
}

# Only who has bound its device owns the group's DMA.
sibling_in_use() {
	for d in $CHIPSET; do
		assert set_flavour "$d" vfio
	done
	cdev_held $SATA
	for d in $CHIPSET; do
		within 25000 refused "$d" native EBUSY
	done
	cdev_let_go
	cdev_held $SATA --group-only
	within 25000 refused $SATA native EBUSY
	assert set_flavour $SMBUS none
	assert set_flavour $SMBUS vfio
	cdev_let_go
	for d in $CHIPSET; do
		assert set_flavour "$d" native
	done
}

# Several have it open; only one can bind it.
until_the_last() {
	cdev_held $EDU
	bound=$holder
	cdev_held $EDU --group-only
	kill $bound && wait $bound
	left_alone $EDU
	cdev_let_go
	assert set_flavour $EDU none
	is $EDU - none none
}

# The kernel asks the holder for it, who can only be asked through a device that is bound.
unplugged() {
	qmp_plug edu plugged $PORT1
	assert set_flavour $PORT1_DEV vfio
	cdev_held $PORT1_DEV --release-on-request
	assert qmp_unplug plugged
	wait $holder
	assert grep -q "after request" $lab_run/held
}

VFIO_BACKEND=cdev
export VFIO_BACKEND
t "a claimed device can be used through its node" claimed
t "open and not yet bound: refused at once" in_use --group-only
t "bound to an iommufd: refused at once" in_use
t "a word in driver_override changes nothing" by_override
t "a sibling in its IOMMU group that is bound, or only open" sibling_in_use
t "of several who have it open the last counts" until_the_last
t "it is unplugged while it is bound" unplugged
