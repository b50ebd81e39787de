# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# What people and tools do to a device beside driver_flavour: it is seen, it means
# the same whenever the module came, and nothing undoes it.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

override() { # DEV WORD
	echo "$2" >"$(sysfs "$1" driver_override)"
}

unbind() {
	echo "$1" >"$(sysfs "$1" driver/unbind)"
}

# Modules of no importance come, and what they set off is over.
modules_come() {
	for module in dummy loop bonding; do
		modprobe $module
		rmmod $module
	done
	assert rmmod driver_flavour
	modprobe driver_flavour
	modprobe dummy
	rmmod dummy
	usleep 500000
}

# variant_claims DEV
variant_claims() {
	modprobe vfio-pci
	loaded test_exact_vfio_pci || insmod "$(module_path test_exact_vfio_pci)"
	param loader /bin/true
	assert set_flavour "$1" vfio
	is "$1" test_exact_vfio_pci vfio test_exact_vfio_pci
}

# --- unbound, and given an exact override ------------------------------------

unbound_by_hand() {
	variant_claims $EDU
	unbind $EDU
	is $EDU - vfio test_exact_vfio_pci
	for module in dummy loop bonding; do
		modprobe $module
		rmmod $module
	done
	rmmod vfio_pci
	modprobe vfio-pci
	usleep 500000
	is $EDU - vfio test_exact_vfio_pci
	assert set_flavour $EDU vfio
	is $EDU test_exact_vfio_pci vfio test_exact_vfio_pci
	assert set_flavour $EDU native
}

exact_override_stays() {
	for name in nvme pci-stub vfio-pci nonsense; do
		variant_claims $EDU
		unbind $EDU
		override $EDU $name
		is $EDU - native $name
		modules_come
		# The kernel itself would bind it to that.
		[ $name = vfio-pci ] || { rmmod vfio_pci && modprobe vfio-pci; }
		usleep 500000
		is $EDU - native $name
		override $EDU ""
	done
}

# Its driver is unloaded, which leaves the override that the module wrote.
exact_override_stays_without_a_module() {
	variant_claims $EDU
	rmmod test_exact_vfio_pci
	is $EDU - vfio test_exact_vfio_pci
	override $EDU pci-stub
	insmod "$(module_path test_exact_vfio_pci)"
	rmmod vfio_pci
	modprobe vfio-pci
	usleep 500000
	is $EDU - native pci-stub
	override $EDU ""
}

but_its_own_is_bound_again() {
	variant_claims $EDU
	rmmod test_exact_vfio_pci
	insmod "$(module_path test_exact_vfio_pci)"
	becomes_vfio $EDU test_exact_vfio_pci
	assert set_flavour $EDU native
	rmmod test_exact_vfio_pci
}

# --- native ------------------------------------------------------------------

native_binds() {
	insmod "$(module_path test_native_fail)"
	unbind $EDU2
	is_native $EDU2
	assert set_flavour $EDU2 native
	is $EDU2 test_native_fail native "(null)"
}

native_loads() {
	assert not loaded nvme
	param loader "/sbin/modprobe -q --"
	is_native $NVME2
	assert set_flavour $NVME2 native
	is $NVME2 nvme native "(null)"
}

native_without_any_driver() {
	rmmod test_native_fail
	is_native $EDU2
	assert set_flavour $EDU2 native
	is_native $EDU2
	insmod "$(module_path test_native_fail)"
}

# As `dpdk-devbind -b vfio-pci` and `-u` leave it.
after_new_id() {
	unbind $EDU2
	override $EDU2 vfio-pci
	echo $EDU2 >/sys/bus/pci/drivers/vfio-pci/bind
	override $EDU2 ""
	unbind $EDU2
	assert set_flavour $EDU2 native
	is $EDU2 test_native_fail native "(null)"
}

# bound_by_override DEV DRIVER NATIVE: native gives it to NATIVE, or to nobody.
bound_by_override() {
	modprobe "$2"
	[ "$(driver_of "$1")" = - ] || unbind "$1"
	override "$1" "$2"
	echo "$1" >/sys/bus/pci/drivers_probe
	is "$1" "$2" native "$2"
	assert set_flavour "$1" native
	is "$1" "$3" native "(null)"
}

# left_behind DEV DRIVER NATIVE: the same, with the override gone already.
left_behind() {
	[ "$(driver_of "$1")" = - ] || unbind "$1"
	override "$1" "$2"
	echo "$1" >/sys/bus/pci/drivers_probe
	override "$1" ""
	is "$1" "$2" native "(null)"
	assert set_flavour "$1" native
	is "$1" "$3" native "(null)"
}

a_stub() {
	bound_by_override $EDU2 pci-stub test_native_fail
	left_behind $EDU2 pci-stub test_native_fail
	bound_by_override $NVME2 pci-stub nvme
	left_behind $NVME2 pci-stub nvme
}

uio() {
	bound_by_override $EDU2 uio_pci_generic test_native_fail
	left_behind $EDU2 uio_pci_generic test_native_fail
}

a_stub_of_nobodys() {
	rmmod test_native_fail
	bound_by_override $EDU2 pci-stub -
	bound_by_override $EDU2 uio_pci_generic -
	left_behind $EDU2 uio_pci_generic -
}

# --- words, before the module and after --------------------------------------

# with_and_without DEV OVERRIDE FLAVOUR: what the override says, whenever we came.
with_and_without() {
	override "$1" "$2"
	is "$1" - "$3" "$2"
	assert rmmod driver_flavour
	modprobe driver_flavour
	is "$1" - "$3" "$2"
	# What the start set off is over when the module can go.
	assert rmmod driver_flavour
	assert_eq "$(driver_of "$1") $(override_of "$1")" "- $2"
	override "$1" ""
	override "$1" "$2"
	modprobe driver_flavour
	is "$1" - "$3" "$2"
	override "$1" ""
	is_native "$1"
}

words_mean_the_same() {
	modprobe vfio-pci
	with_and_without $EDU none none
	with_and_without $EDU vfio vfio
	with_and_without $EDU 'vfio-pci*' vfio
	with_and_without $EDU 'vfio_pci*' vfio
	with_and_without $EDU pci-stub native
	with_and_without $EDU vfio-pci native
}

# word_before_us: vfio in the override, then the module.
word_before_us() {
	override $EDU vfio
	assert rmmod driver_flavour
	modprobe driver_flavour
	is $EDU - vfio vfio
}

then_drivers_probe_binds() {
	word_before_us
	echo $EDU >/sys/bus/pci/drivers_probe
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
}

then_a_write_binds() {
	word_before_us
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
}

then_a_driver_that_comes_binds() {
	rmmod vfio_pci
	word_before_us
	modprobe vfio-pci
	becomes_vfio $EDU vfio-pci
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
}

none_keeps_drivers_away() {
	override $EDU none
	insmod "$(module_path test_native_fail)"
	is $EDU - none none
	assert set_flavour $EDU none
	is $EDU - none none
	assert set_flavour $EDU native
	is $EDU test_native_fail native "(null)"
	rmmod test_native_fail
}

t "unbound by hand: no module that comes binds it, and a write does" unbound_by_hand
t "unbound, with an exact override: nothing rewrites that" exact_override_stays
t "also when its driver was unloaded" exact_override_stays_without_a_module
t "without one its driver has it again" but_its_own_is_bound_again
t "native binds a registered native driver" native_binds
t "native loads one" native_loads
t "native of what no driver lists is no failure" native_without_any_driver
t "native after vfio-pci was bound and unbound by hand" after_new_id
t "native takes a device from pci-stub" a_stub
t "native takes a device from uio_pci_generic" uio
t "even if there is no other driver" a_stub_of_nobodys
t "the words mean the same, whenever the module came" words_mean_the_same
t "vfio written before the module came: drivers_probe binds" then_drivers_probe_binds
t "or a write does" then_a_write_binds
t "or a driver that comes" then_a_driver_that_comes_binds
t "none written to the override is none" none_keeps_drivers_away
