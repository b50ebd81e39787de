# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A device whose IOMMU group user space owns is not taken away from it: EBUSY at
# once, where the kernel alone would wait without end.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

let_go() {
	assert kill -0 $holder
	kill $holder
	wait $holder
	assert grep -q "^releasing .* after signal" $lab_run/held
}

refused_at_once() { # DEV
	within 25000 refused "$1" native EBUSY
	within 25000 refused "$1" none EBUSY
	refused "$1" vfio ok
}

then_it_can() { # DEV
	within 25000 assert set_flavour "$1" native
	look "$1"
	assert_eq "$flavour $vfio_dev" "native -" "$1"
}

held_device() {
	assert set_flavour $EDU vfio
	hold $EDU
	refused_at_once $EDU
	let_go
	then_it_can $EDU
}

held_group() {
	assert set_flavour $EDU vfio
	hold $EDU --group-only
	refused_at_once $EDU
	let_go
	then_it_can $EDU
}

# Its holder need not be asked, and nobody waits for it.
others_are_not_concerned() {
	assert set_flavour $EDU vfio
	assert set_flavour $EDU2 vfio
	hold $EDU
	then_it_can $EDU2
	let_go
	then_it_can $EDU
}

# The group's file is open, but what is in the group is not in use.
group_file_is_open() {
	assert set_flavour $EDU vfio
	exec 5<>"/dev/vfio/$(iommu_group_of $EDU)"
	within 25000 assert set_flavour $EDU native
	exec 5>&-
	is_native $EDU
}

siblings_share_the_owner() {
	for d in $SMBUS $SATA; do
		assert set_flavour "$d" vfio
		is "$d" vfio-pci vfio vfio-pci
	done
	hold $SMBUS
	refused_at_once $SMBUS
	refused_at_once $SATA
	let_go
	then_it_can $SATA
	then_it_can $SMBUS
}

# A native sibling claims the group too, yet it is not user space.
native_sibling_is_no_owner() {
	assert_eq "$(driver_of $SATA)" ahci
	assert_ne "$(iommu_group_of $SATA)" -
	assert set_flavour $SMBUS vfio
	is $SMBUS vfio-pci vfio vfio-pci
	then_it_can $SMBUS
	assert set_flavour $SMBUS vfio
	assert set_flavour $SMBUS none
	is $SMBUS - none none
	assert set_flavour $SMBUS native
	assert_eq "$(driver_of $SATA)" ahci "its sibling"
}

# opener DEV: user space that opens it time and again; its process is $opener.
opener() {
	rm -f $lab_run/enough
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'until [ -e /run/lab/enough ]; do vfio-info "$1"; done' sh "$1" >/dev/null 2>&1 &
	opener=$!
}

# Opening and giving back at the same time: one of them wins, neither waits.
opened_meanwhile() {
	assert set_flavour $EDU vfio
	opener $EDU
	won=0 lost=0
	while [ $((won + lost)) -lt 1000 ] && [ $((won * lost)) -eq 0 ]; do
		case $(within 25000 sysfs-write "$(flavour_file $EDU)" native) in
		ok) won=$((won + 1)) && assert set_flavour $EDU vfio ;;
		EBUSY) lost=$((lost + 1)) ;;
		*) fail "neither ok nor EBUSY" ;;
		esac
	done
	touch $lab_run/enough # a kill would leave the vfio-info that runs behind
	wait $opener
	echo "given back $won times, refused $lost times"
	within 25000 assert set_flavour $EDU native
	assert [ $won -gt 0 ]
	assert [ $lost -gt 0 ]
	is_native $EDU
}

t "a device that user space has open is EBUSY" held_device
t "a group that user space has open is EBUSY" held_group
t "another device is not concerned" others_are_not_concerned
t "the group's file alone does not keep it" group_file_is_open
t "a sibling in the owned group is EBUSY as well" siblings_share_the_owner
t "a device is given back beside a native sibling" native_sibling_is_no_owner
t "nobody waits when a device is opened and given back at once" opened_meanwhile
