# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A port more, with another device in it, has moved all buses by one.  And the
# policy has a line that is wrong, and one that takes the root disk.

. "$LAB_TOP/tests/boot/guest/lib.sh"

PLUGGED=0000:01:00.0
NIC_A=0000:02:00.0
NIC_B=0000:03:00.0
NVME=0000:04:00.0

moved() {
	assert_eq "$(cat "$(sysfs $PLUGGED device)")" 0x11e8
	flavour_is $PLUGGED native -
	flavour_is $NIC_A vfio vfio-pci
	never_touched $NIC_A e1000e
	flavour_is "$NVME2" vfio vfio-pci
}

not_the_wrong_one() {
	flavour_is $NIC_B native e1000e
	flavour_is $NVME native nvme
}

remove_policy() {
	rm /etc/driver-flavour.d/90-bad.conf
	sed -n 's/^\([a-z][^#]*\).*/\1/p' $POLICY >/run/lab/rules
	while read -r rule; do
		assert flavourctl rule remove $rule </dev/null
	done </run/lab/rules
	grep '^[a-z]' $POLICY && fail "these are left"
	return 0
}

t "dsn= and path= find their devices on a renumbered bus" moved
t "address= with id= does not take the device that is there now" not_the_wrong_one
t "the unit has failed, and the journal names file, line and column" unit_failed
t "the root disk is refused, with the reason" unit_refused_root
t "the rules are removed" remove_policy
