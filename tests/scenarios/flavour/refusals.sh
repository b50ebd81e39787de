# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What can't work is refused, with an errno and nothing touched.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

native_has_edu() {
	insmod "$(module_path test_native_fail)"
	is $EDU test_native_fail native "(null)"
}

# calls: how often the native driver was told to come and to go.
calls() {
	cat /sys/module/test_native_fail/parameters/probes \
		/sys/module/test_native_fail/parameters/removes
}

# no_word DEV: neither of these is one.
no_word() {
	for word in vfi vfioo VFIO " vfio" "vfio " "vfio native" vfio-pci "vfio_pci*" 1 "(null)"; do
		refused "$1" "$word" EINVAL
	done
	refused "$1" "" EINVAL
}

unknown_words() {
	before=$(calls)
	no_word $EDU
	assert_eq "$(calls)" "$before" "calls of the native driver"
	assert_eq "$(vfio_modules)" "" "vfio modules"
}

# bytes ERRNO: what $lab_run/bytes holds is written to EDU.
bytes() {
	refused $EDU @$lab_run/bytes "$1"
}

garbage() {
	for n in 1 4096 5000; do
		head -c $n /dev/urandom | tr '\n' x | tr '\0' x >$lab_run/bytes
		bytes EINVAL
	done
	printf '\0' >$lab_run/bytes
	bytes EINVAL
	printf 'vf\0io' >$lab_run/bytes
	bytes EINVAL
	printf 'vfio\0native' >$lab_run/bytes
	bytes EINVAL
	printf '\n\n\nvfio' >$lab_run/bytes
	bytes EINVAL
	yes vfio | head -c 4096 >$lab_run/bytes
	bytes EINVAL
	: >$lab_run/bytes # a write of no bytes does not reach the module
	bytes ok
}

a_bridge() {
	before=$(ls "$(sysfs $BRIDGE)")
	is $BRIDGE pcieport native "(null)"
	refused $BRIDGE vfio EOPNOTSUPP
	refused $BRIDGE none EOPNOTSUPP
	refused $BRIDGE native ok
	assert_eq "$(ls "$(sysfs $BRIDGE)")" "$before" "its folder"
	assert [ -e "$(sysfs $NIC_A config)" ]
}

pf_with_vfs() {
	bind_native $NVME nvme
	disk_fill $NVME pf
	sum=$(disk_sum $NVME)
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	echo 2 >"$(sysfs $NVME sriov_numvfs)"
	refused $NVME vfio EBUSY
	refused $NVME none EBUSY
	assert_eq "$(cat "$(sysfs $NVME sriov_numvfs)")" 2 VFs
	assert_ne "$(vf_of $NVME 1)" -
	assert_eq "$(driver_of $NVME)" nvme
	assert_eq "$(disk_sum $NVME)" "$sum" "the disk"
}

# refused_time_and_again DEV LINE: 200 writes, and LINE in the log no more than five
# times in five seconds.
refused_time_and_again() {
	log_mark
	refusals=0 before=$(now_ms)
	for _ in $(seq 200); do
		echo vfio >"$(sysfs "$1" driver_flavour)" || refusals=$((refusals + 1))
	done 2>/dev/null
	most=$((5 * (($(now_ms) - before) / 5000 + 2)))
	lines=$(log_since | grep -c "$1: $2")
	echo "$1: $lines lines, $most at most"
	assert_eq $refusals 200 refusals
	assert [ "$lines" -gt 0 ]
	assert [ "$lines" -le $most ]
}

a_poller() {
	# The five lines of what was refused before do not count.
	usleep 5100000
	refused_time_and_again $BRIDGE "other devices are behind it"
	refused_time_and_again $NVME "2 VFs depend on the driver"
}

a_vf_of_it() {
	vf=$(vf_of $NVME 1)
	assert set_flavour "$vf" vfio
	is "$vf" vfio-pci vfio vfio-pci
	refused $NVME vfio EBUSY
	assert set_flavour "$vf" none
	is "$vf" - none none
	assert_eq "$(flavour_of "$(vf_of $NVME 0)")" native "its twin"
}

pf_without_vfs() {
	echo 0 >"$(sysfs $NVME sriov_numvfs)"
	echo 1 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	assert set_flavour $NVME vfio
	is $NVME vfio-pci vfio vfio-pci
	assert set_flavour $NVME native
	is $NVME nvme native "(null)"
	assert_eq "$(disk_sum $NVME)" "$sum" "the disk"
}

# The index has no candidate: the administrator denied it.
no_candidate() {
	! loaded vfio_pci || rmmod vfio_pci
	echo "blacklist vfio_pci" >/etc/modprobe.d/lab.conf
	before=$(calls)
	refused $EDU vfio ENODEV
	assert_eq "$(calls)" "$before" "calls of the native driver"
	assert not loaded vfio_pci
	rm /etc/modprobe.d/lab.conf
}

# nothing_loaded DEV: the loader finds it all right, and does not load.
nothing_loaded() {
	param loader /bin/true
	before=$(calls)
	refused $EDU vfio ENODEV
	assert_eq "$(calls)" "$before" "calls of the native driver"
	refused $IVSHMEM vfio ENODEV
	assert set_flavour $IVSHMEM none
	refused $IVSHMEM vfio ENODEV
	is $IVSHMEM - none none
	assert set_flavour $IVSHMEM native
}

also_when_claimed() {
	modprobe vfio-pci
	assert set_flavour $EDU vfio
	no_word $EDU
	garbage
	assert set_flavour $EDU native
	is $EDU test_native_fail native "(null)"
}

t "a native driver has the device" native_has_edu
t "an unknown word is EINVAL" unknown_words
t "so is garbage of any length" garbage
t "a bridge is EOPNOTSUPP" a_bridge
t "a PF with VFs is EBUSY, and its disk is as before" pf_with_vfs
t "a refusal is logged now and then, not each time" a_poller
t "but a VF is not" a_vf_of_it
t "nor is the PF once the VFs are gone" pf_without_vfs
t "no candidate in the index is ENODEV" no_candidate
t "no candidate after the loader is ENODEV" nothing_loaded
t "a claimed device stands nonsense as well" also_when_claimed
