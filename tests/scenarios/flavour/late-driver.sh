# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A flavoured device without a driver is bound as soon as one comes, whoever
# loads it, and never to a native one.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

# bound DEV DRIVER: soon, and as it should be.
bound() {
	becomes_vfio "$1" "$2"
	# Its override and its events come with the driver, not after it.
	is "$1" "$2" vfio "$2"
}

# settle: what the last module set off is over.  A write waits for its turn.
settle() {
	for d in "$@"; do
		assert set_flavour "$d" "$(flavour_of "$d")"
	done
}

its_variant_goes() {
	modprobe vfio-pci
	insmod "$(module_path test_exact_vfio_pci)"
	param loader /bin/true
	for d in $EDU $EDU2; do
		assert set_flavour "$d" vfio
		is "$d" test_exact_vfio_pci vfio test_exact_vfio_pci
	done
	rmmod vfio_pci
	rmmod test_exact_vfio_pci
	for d in $EDU $EDU2; do
		is "$d" - vfio test_exact_vfio_pci
	done
}

no_native_driver() {
	insmod "$(module_path test_native_fail)"
	echo $EDU >/sys/bus/pci/drivers_probe
	is $IVSHMEM test_native_fail native "(null)"
	for d in $EDU $EDU2; do
		is "$d" - vfio test_exact_vfio_pci
	done
}

a_candidate_comes() {
	listen
	modprobe vfio-pci
	bound $EDU vfio-pci
	bound $EDU2 vfio-pci
	wait_for "grep -q 'change@.*/$EDU .*DRIVER_FLAVOUR=vfio' $lab_run/uevents"
	assert_eq "$(heard $EDU DRIVER_FLAVOUR=vfio | wc -l)" 1 events
	assert vfio-info $EDU
	is $TESTDEV test_native_fail native "(null)"
}

bound_ones_stay() {
	was=$(vfio_dev_of $EDU)
	insmod "$(module_path test_exact_vfio_pci)"
	is $EDU vfio-pci vfio vfio-pci
	assert_eq "$vfio_dev" "$was"
}

the_best_of_those_there() {
	rmmod test_exact_vfio_pci
	rmmod vfio_pci
	is $EDU - vfio vfio-pci
	insmod "$(module_path test_exact_vfio_pci)"
	bound $EDU test_exact_vfio_pci
	bound $EDU2 test_exact_vfio_pci
	for d in $EDU $EDU2; do assert set_flavour "$d" native; done
	rmmod test_exact_vfio_pci
}

# waiting DEV: it reads vfio and has no driver
waiting() {
	modprobe vfio-pci
	assert set_flavour "$1" vfio
	rmmod vfio_pci
	is "$1" - vfio vfio-pci
}

one_that_fails() {
	waiting $IVSHMEM
	insmod "$(module_path test_fail_vfio_pci)" err=5
	wait_for "[ \"\$(cat /sys/module/test_fail_vfio_pci/parameters/probes)\" -ge 1 ]"
	wait_for "[ \"\$(override_of $IVSHMEM)\" = vfio-pci ]"
	is $IVSHMEM - vfio vfio-pci
	wait_for "rmmod test_fail_vfio_pci 2>/dev/null" # who tried it has it for a moment yet
	modprobe vfio-pci
	bound $IVSHMEM vfio-pci
	assert set_flavour $IVSHMEM native
}

none_waits_for_nobody() {
	assert set_flavour $EDU none
	rmmod vfio_pci
	modprobe vfio-pci
	insmod "$(module_path test_exact_vfio_pci)"
	settle $EDU
	is $EDU - none none
	assert set_flavour $EDU native
	rmmod test_exact_vfio_pci
}

a_write_need_not_wait() {
	waiting $EDU
	use_loader 'exec /sbin/modprobe "$@"'
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	param loader /bin/true
	assert set_flavour $EDU native
	waiting $EDU
	assert set_flavour $EDU native
	is $EDU test_native_fail native "(null)"
}

t "the variant goes: no driver, and still vfio" its_variant_goes
t "a native driver does not get it" no_native_driver
t "another candidate does, and an event says so" a_candidate_comes
t "a better one that comes later does not take it away" bound_ones_stay
t "all that wait get the best there is" the_best_of_those_there
t "a candidate that fails leaves it waiting" one_that_fails
t "none waits for nobody" none_waits_for_nobody
t "a device that waits can be told any word" a_write_need_not_wait
