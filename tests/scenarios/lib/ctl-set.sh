# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ctl-set.sh: set and reset, by either way.

claim_cold() {
	assert_eq "$(vfio_modules)" "" "vfio modules before"
	ctl 0 set vfio $EDU
	silent
	says "$EDU: vfio, driver vfio-pci, /dev/vfio/$(iommu_group_of $EDU)"
	is $EDU vfio-pci
	assert_eq "$(vfio-info $EDU | sed -n 1p)" \
		"device $EDU 1234:11e8 group $(iommu_group_of $EDU)"
	is $EDU2 -
}

claim_again() {
	was=$(vfio_dev_of $EDU)
	ctl 0 set vfio $EDU
	says "vfio already"
	assert_eq "$(vfio_dev_of $EDU)" "$was"
}

release() {
	ctl 0 reset $EDU
	says "$EDU: native, no driver (was vfio-pci)"
	is $EDU -
	assert_eq "$(override_of $EDU)" "(null)"
}

none_keeps_away() {
	ctl 0 set none $EDU
	says "$EDU: none, no driver"
	insmod "$(module_path test_native_fail)"
	is $EDU -
	is $EDU2 test_native_fail
	ctl 0 list -H -o address,flavour $EDU
	says "$EDU none"
	ctl 0 set native $EDU
	is $EDU test_native_fail
	rmmod test_native_fail
}

native_comes_back() {
	bind_native $NIC_A e1000e
	ctl 0 set vfio $NIC_A
	says "(was e1000e)"
	is $NIC_A vfio-pci
	is $NIC_B e1000e
	ctl 0 reset $NIC_A
	is $NIC_A e1000e
}

variant_wins() {
	install_modules test_narrow_vfio_pci test_nic_vfio_pci
	ctl 0 explain $NIC_A
	says "1. test_narrow_vfio_pci (installed"
	says "2. test_nic_vfio_pci (installed"
	says "3. vfio_pci"
	ctl 0 set vfio 8086:10d3
	is $NIC_A test_narrow_vfio_pci
	is $NIC_B test_nic_vfio_pci
	ctl 0 reset 8086:10d3
	is $NIC_A e1000e
	is $NIC_B e1000e
}

one_driver_by_name() {
	ctl 0 set vfio --driver vfio-pci $NIC_A
	is $NIC_A vfio-pci
	ctl 0 list -H -o problem $NIC_A
	says "better: test_narrow_vfio_pci"
	ctl 0 set vfio --driver test_nic_vfio_pci $NIC_A
	is $NIC_A test_nic_vfio_pci
	ctl 0 reset $NIC_A
	is $NIC_A e1000e
	untouched 0 $EDU set vfio -n --driver vfio_pci $EDU
	ctl 0 set vfio --driver vfio_pci $EDU
	is $EDU vfio-pci
	ctl 0 reset $EDU
	untouched 1 $NIC_B set vfio --driver no_such_driver $NIC_B
	complains no_such_driver
	untouched 1 $EDU set vfio --driver test_nic_vfio_pci $EDU
	complains "has no VFIO entry for $EDU"
	ctl 0 set vfio --driver test_nic_vfio_pci --no-table $EDU
	is $EDU test_nic_vfio_pci
	ctl 0 reset $EDU
	is $EDU -
}

# As many tools do: the generic driver, by an exact override.
best_asked_for_again() {
	ctl 0 set vfio $NIC_A
	is $NIC_A test_narrow_vfio_pci
	echo $NIC_A >"$(sysfs $NIC_A driver/unbind)"
	echo vfio-pci >"$(sysfs $NIC_A driver_override)"
	echo $NIC_A >/sys/bus/pci/drivers_probe
	is $NIC_A vfio-pci
	untouched 0 $NIC_A set vfio $NIC_A
	ctl 0 explain $NIC_A
	says "flavourctl set vfio --best $NIC_A"
	untouched 0 $NIC_A set vfio --best -n $NIC_A
	ctl 0 set vfio --best $NIC_A
	is $NIC_A test_narrow_vfio_pci
	untouched 0 $NIC_A set vfio --best $NIC_A
	untouched 2 $NIC_A set none --best $NIC_A
	ctl 0 reset $NIC_A
	is $NIC_A e1000e
}

by_interface_and_disk() {
	bind_native $NVME2 nvme
	assert disk_of $NVME2
	nic=$(cd "$(sysfs $NIC_B net)" && echo *)
	ctl 0 set vfio "$nic" "$(disk_of $NVME2)"
	is $NIC_B test_nic_vfio_pci
	is $NVME2 vfio-pci
	ctl 0 reset $NIC_B $NVME2
	is $NIC_B e1000e
	is $NVME2 nvme
}

dry_run_does_nothing() {
	untouched 0 $NIC_A set vfio --dry-run $NIC_A
	says "$NIC_A: would be done:"
	untouched 0 $NIC_A set vfio -n -J $NIC_A
	assert_eq "$(field changed)" false
	assert_eq "$(field error)" null
	untouched 0 $NIC_A reset -n $NIC_A
	says "is already native"
}

many_with_json() {
	ctl 0 set vfio -J 1234:11e8 $TESTDEV '0000:00:0[56].0'
	assert_eq "$(field version)" 1
	assert_eq "$(field address | tr '\n' ' ')" \
		"$EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2 "
	assert_eq "$(field changed | sort -u)" true
	for d in $EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2; do
		is "$d" vfio-pci
	done
	ctl 0 reset -q -j 2 1234:11e8 $TESTDEV '0000:00:0[56].0'
	assert_eq "$(cat $lab_run/ctl.out)" ""
	for d in $EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2; do
		is "$d" -
	done
}

hints_name_the_device() {
	ctl 0 set vfio --hints $EDU
	says "-device vfio-pci,host=$EDU"
	says "<address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>"
	not grep "<driver" $lab_run/ctl.out
	ctl 0 reset $EDU
}

# libvirt 9 would refuse it, and a newer one rebind it.
hints_name_the_variant() {
	ctl 0 set vfio --hints $NIC_B
	is $NIC_B test_nic_vfio_pci
	says "<driver model='test_nic_vfio_pci'/>"
	says "libvirt 10.0 or newer"
	ctl 0 reset $NIC_B
}

group_comes_along() {
	modprobe ahci
	modprobe i2c-i801
	wait_for "[ \"\$(driver_of $SMBUS)\" != - ]"
	untouched 1 $SMBUS set vfio $SMBUS
	complains "$SATA is in the same IOMMU group"
	complains "--group includes the rest"
	ctl 0 set vfio --group $SMBUS
	for d in $CHIPSET; do
		is "$d" vfio-pci
	done
	assert vfio-info $SMBUS
	ctl 0 reset --group $SMBUS
	is $LPC lpc_ich
	is $SATA ahci
	is $SMBUS i801_smbus
	ctl 0 set vfio --force $SMBUS
	is $SMBUS vfio-pci
	is $SATA ahci
	ctl 0 groups -H -o viable,because $SMBUS
	says "no     $LPC has lpc_ich"
	ctl 0 list -H -o problem $SMBUS
	says "$LPC has lpc_ich"
	ctl 0 reset $SMBUS
}

bridge_is_left_alone() {
	untouched 1 $BRIDGE set vfio $BRIDGE
	complains "$BRIDGE is a bridge"
	untouched 1 $BRIDGE set vfio --force $BRIDGE
}

some_and_some_not() {
	ctl 4 set vfio $EDU $BRIDGE
	is $EDU vfio-pci
	ctl 0 reset $EDU
}

nothing_on_bad_input() {
	untouched 3 $EDU set vfio $EDU 0000:7f:00.0
	complains "No device matches \"0000:7f:00.0\""
	untouched 3 $EDU set vfio $EDU '0000:7f:*'
	untouched 3 $EDU set vfio $EDU eth99
	untouched 3 $EDU set vfio $EDU /dev/nothing
	untouched 3 $EDU set vfio $EDU vfs-of:00:02.0
	untouched 2 $EDU set vfio $EDU 'a b c'
	untouched 2 $EDU set fast $EDU
	complains 'Unknown flavour "fast"'
	untouched 2 $EDU set vfio --nonsense $EDU
	untouched 2 $EDU set vfio --driver
	untouched 2 $EDU set vfio
	untouched 2 $EDU claim $EDU
	complains 'Unknown verb "claim"'
	untouched 2 $EDU set none --driver vfio-pci $EDU
	untouched 2 $EDU set vfio --jobs many $EDU
	untouched 2 $EDU set vfio --backend=best $EDU
}

needs_root() {
	ctl_before=$(state_of $EDU)
	/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$LAB_TOP/build/flavourctl" set vfio $EDU >$lab_run/ctl.out 2>$lab_run/ctl.err
	assert_eq $? 1
	complains "set needs root"
	complains "explain"
	/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$LAB_TOP/build/flavourctl" set vfio -n $EDU >$lab_run/ctl.out 2>$lab_run/ctl.err
	assert_eq $? 0
	says "would be done"
	assert_eq "$(state_of $EDU)" "$ctl_before"
}

put_back() {
	install_modules test_fail_vfio_pci
	modprobe test_fail_vfio_pci err=5
	disk_fill $NVME2 ctl
	sum=$(disk_sum $NVME2)
	untouched 1 $NVME2 set vfio $NVME2
	complains "Input/output error"
	assert_eq "$(disk_sum $NVME2)" "$sum" "the disk"
	untouched 1 $IVSHMEM set vfio -J $IVSHMEM
	assert_eq "$(field error)" EIO
	echo 19 >/sys/module/test_fail_vfio_pci/parameters/err
	ctl 0 set vfio $IVSHMEM
	is $IVSHMEM vfio-pci
	ctl 0 reset $IVSHMEM
}

persisted() {
	policy=/etc/driver-flavour.d/50-flavourctl.conf
	ctl 0 set vfio --persist $EDU
	assert_eq "$(cat $policy)" "vfio path=pci0000:00/02.0 id=1234:11e8"
	ctl 0 set none --persist $EDU
	assert_eq "$(cat $policy)" "none path=pci0000:00/02.0 id=1234:11e8"
	ctl 0 reset --persist $EDU
	assert_eq "$(cat $policy)" ""
	echo "none id=1234:*" >/etc/driver-flavour.d/10-admin.conf
	ctl 1 set vfio --persist $EDU
	is $EDU vfio-pci
	complains "10-admin.conf:1"
	rm -r /etc/driver-flavour.d
	ctl 0 reset $EDU
}

unplugged_before() {
	qmp_plug edu plugged $PORT1
	ctl 0 set vfio $PORT1_DEV
	is $PORT1_DEV vfio-pci
	qmp_unplug plugged
	ctl 3 reset $PORT1_DEV
	ctl 3 show $PORT1_DEV
}

set_tests() {
	t "with no vfio module loaded, set makes a VFIO device" claim_cold
	t "set again changes nothing" claim_again
	t "reset undoes it" release
	t "none keeps drivers away" none_keeps_away
	t "the native driver comes back" native_comes_back
	t "the most specific variant wins, and explain says so" variant_wins
	t "--driver takes one by name" one_driver_by_name
	t "--best changes the driver that another tool bound" best_asked_for_again
	t "a device is named by its interface or its disk" by_interface_and_disk
	t "--dry-run touches nothing" dry_run_does_nothing
	t "many at once, in JSON" many_with_json
	t "--hints are of the device" hints_name_the_device
	t "--hints name a variant, and the libvirt that knows it" hints_name_the_variant
	t "a group is refused, taken along, or forced apart" group_comes_along
	t "a bridge is refused, forced or not" bridge_is_left_alone
	t "some done and some not is 4" some_and_some_not
	t "bad input touches nothing" nothing_on_bad_input
	t "who is not root is told so first" needs_root
	t "a probe that fails puts the device back" put_back
	t "--persist writes the policy" persisted
	t "an unplugged device is no device" unplugged_before
}
