# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The best driver that lists the device gets it, and no other.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

# gets DEV DRIVER: when it is claimed; then it is given back.
gets() {
	assert set_flavour "$1" vfio
	is "$1" "$2" vfio "$2"
	assert set_flavour "$1" native
}

without_a_variant() {
	gets $EDU vfio-pci
	for m in $(vfio_modules); do
		case $m in
		*test*) fail "$m was loaded" ;;
		esac
	done
}

with_a_variant() {
	install_modules test_exact_vfio_pci
	assert not loaded test_exact_vfio_pci
	gets $EDU test_exact_vfio_pci
	gets $EDU2 test_exact_vfio_pci
	gets $TESTDEV vfio-pci
}

# Without a native driver for the NICs, which takes its time to come and go.
narrow_before_nic() {
	install_modules test_narrow_vfio_pci test_class_vfio_pci test_nic_vfio_pci
	echo "blacklist e1000e" >/etc/modprobe.d/lab.conf
	gets $NIC_A test_narrow_vfio_pci
	gets $NIC_B test_nic_vfio_pci
	assert loaded test_class_vfio_pci
}

# It has four wildcards, and the one that names vendor and device five.
a_class_loses_to_an_exact_id() {
	assert loaded test_class_vfio_pci
	assert loaded test_nic_vfio_pci
	modinfo -F alias test_class_vfio_pci | grep -q 'v\*d\*sv\*sd\*bc02sc00i00' ||
		fail "$(modinfo -F alias test_class_vfio_pci)"
	gets $NIC_B test_nic_vfio_pci
}

# lose MODULE: it is there no more, for modprobe.
lose() {
	rmmod "$1"
	echo "blacklist $1" >>/etc/modprobe.d/lab.conf
}

the_next_best() {
	lose test_narrow_vfio_pci
	gets $NIC_A test_nic_vfio_pci
	lose test_nic_vfio_pci
	gets $NIC_A test_class_vfio_pci
	gets $NIC_B test_class_vfio_pci
	lose test_class_vfio_pci
	gets $NIC_A vfio-pci
}

the_loaded_variant_is_better() {
	insmod "$(module_path test_narrow_vfio_pci)"
	insmod "$(module_path test_nic_vfio_pci)"
	gets $NIC_A test_narrow_vfio_pci
	gets $NIC_B test_nic_vfio_pci
}

not_listed_is_never_bound() {
	lose test_exact_vfio_pci
	assert loaded test_narrow_vfio_pci
	gets $EDU vfio-pci
	rmmod vfio_pci
	param loader /bin/true
	refused $EDU vfio ENODEV
}

# What new_id adds is not override-only: that driver has it by the kernel's
# normal matching, as any native one would.
new_id_is_no_candidate() {
	echo "1234 11e8" >/sys/bus/pci/drivers/test_narrow_vfio_pci/new_id
	assert_eq "$(driver_of $EDU) $(flavour_of $EDU)" "test_narrow_vfio_pci native"
	modprobe vfio-pci
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
	rmmod test_narrow_vfio_pci
	is_native $EDU
}

steps_back() { # ERRNO
	echo "$1" >/sys/module/test_fail_vfio_pci/parameters/err
	before=$(cat /sys/module/test_fail_vfio_pci/parameters/probes)
	gets $IVSHMEM vfio-pci
	assert_eq "$(cat /sys/module/test_fail_vfio_pci/parameters/probes)" $((before + 1)) probes
}

next_after_a_step_back() {
	insmod "$(module_path test_fail_vfio_pci)"
	steps_back 19 # ENODEV
	steps_back 6  # ENXIO
	echo 0 >/sys/module/test_fail_vfio_pci/parameters/err
	gets $IVSHMEM test_fail_vfio_pci
}

t "a device that has no variant gets vfio-pci" without_a_variant
t "a device that has one gets it, and only that device" with_a_variant
t "one with a subsystem goes before one without" narrow_before_nic
t "a class goes behind vendor and device, though it has fewer wildcards" a_class_loses_to_an_exact_id
t "without the best, the next best" the_next_best
t "a variant that was loaded by hand counts" the_loaded_variant_is_better
t "a driver that does not list the device is never bound" not_listed_is_never_bound
t "an ID added through new_id makes no candidate" new_id_is_no_candidate
t "a candidate that says ENODEV or ENXIO makes way for the next" next_after_a_step_back
