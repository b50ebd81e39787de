# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is said of a change: one uevent, and a tracepoint for each step.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

# one_event WORD: it says so, and no other change is announced.
one_event() {
	listen
	assert set_flavour $EDU "$1"
	assert_eq "$(heard $EDU 'ACTION=change' | grep -o 'DRIVER_FLAVOUR[A-Z_]*=[^ ]*')" "DRIVER_FLAVOUR=$1"
}

each_word_is_announced() {
	for word in vfio none vfio native; do
		one_event $word
	done
}

# A claim binds once and unbinds once: no driver has it in between.
no_detour() {
	insmod "$(module_path test_native_fail)"
	listen
	assert set_flavour $EDU vfio
	assert_eq "$(heard $EDU . | sed 's/@.*//' | xargs)" "unbind bind change"
	listen
	assert set_flavour $EDU native
	assert_eq "$(heard $EDU . | sed 's/@.*//' | xargs)" "unbind bind change"
	rmmod test_native_fail
}

refusals_are_silent() {
	listen
	refused $BRIDGE vfio EOPNOTSUPP
	refused $EDU nonsense EINVAL
	rmmod vfio_pci
	param loader /bin/true
	refused $EDU vfio ENODEV
	assert_eq "$(heard "($EDU|$BRIDGE)" DRIVER_FLAVOUR)" ""
	modprobe vfio-pci
}

failures_are_silent() {
	insmod "$(module_path test_fail_vfio_pci)" err=5
	listen
	refused $IVSHMEM vfio EIO
	assert_eq "$(heard $IVSHMEM DRIVER_FLAVOUR)" ""
}

tracing=/sys/kernel/tracing

# A loader that is set anew runs anew.
trace_from_here() {
	param loader "$(cat /sys/module/driver_flavour/parameters/loader)"
	echo 1 >$tracing/events/driver_flavour/enable
	echo >$tracing/trace
}

# traced: what the module said, without who and when.
traced() {
	sed -n 's/.*: \(flavour_[a-z_]*: .*\)/\1/p' $tracing/trace
}

# modalias_as UNIVERSE DEV
modalias_as() {
	modalias_of "$2" | sed "s/^pci:/$1:/"
}

a_claim_is_traced() {
	trace_from_here
	assert set_flavour $EDU vfio
	assert_eq "$(traced)" "flavour_loader: $(modalias_as vfio_pci $EDU): 0
flavour_candidate: $EDU: vfio-pci: 47
flavour_bind: $EDU: vfio-pci: 0
flavour_set: $EDU: from native to vfio: 0"
}

a_release_is_traced() {
	trace_from_here
	assert set_flavour $EDU native
	assert_eq "$(traced)" "flavour_loader: $(modalias_as pci $EDU): 0
flavour_set: $EDU: from vfio to native: 0"
}

a_step_back_is_traced() {
	echo 19 >/sys/module/test_fail_vfio_pci/parameters/err
	trace_from_here
	assert set_flavour $IVSHMEM vfio
	assert_eq "$(traced | sed 1d)" "flavour_candidate: $IVSHMEM: vfio-pci: 47
flavour_candidate: $IVSHMEM: test_fail_vfio_pci: 15
flavour_bind: $IVSHMEM: test_fail_vfio_pci: -19
flavour_bind: $IVSHMEM: vfio-pci: 0
flavour_set: $IVSHMEM: from native to vfio: 0"
	assert set_flavour $IVSHMEM native
}

a_put_back_is_traced() {
	modprobe pci-stub
	echo pci-stub >"$(sysfs $IVSHMEM driver_override)"
	echo $IVSHMEM >/sys/bus/pci/drivers_probe
	echo 5 >/sys/module/test_fail_vfio_pci/parameters/err
	trace_from_here
	refused $IVSHMEM vfio EIO
	assert_eq "$(traced | sed 1,3d)" "flavour_bind: $IVSHMEM: test_fail_vfio_pci: -5
flavour_bind: $IVSHMEM: pci-stub: 0
flavour_put_back: $IVSHMEM: pci-stub: 0
flavour_set: $IVSHMEM: from native to vfio: -5"
	echo $IVSHMEM >"$(sysfs $IVSHMEM driver/unbind)"
	echo >"$(sysfs $IVSHMEM driver_override)"
}

a_failed_loader_is_traced() {
	trace_from_here
	param loader /bin/false
	assert set_flavour $EDU vfio
	assert_eq "$(traced | sed -n 1p)" "flavour_loader: $(modalias_as vfio_pci $EDU): 256"
	assert set_flavour $EDU native
}

it_goes_while_it_is_traced() {
	assert rmmod driver_flavour
	assert insmod "$(module_path driver_flavour)"
	assert_eq "$(traced)" ""
	echo 0 >$tracing/events/enable
}

t "each change is announced once, with its word" each_word_is_announced
t "a claim unbinds once and binds once" no_detour
t "a refusal is not announced" refusals_are_silent
t "nor is a failure that was put back" failures_are_silent
t "a claim is traced, step by step" a_claim_is_traced
t "so is a release" a_release_is_traced
t "so is a candidate that steps back" a_step_back_is_traced
t "so is putting back" a_put_back_is_traced
t "so is a loader that fails" a_failed_loader_is_traced
t "the module goes while it is traced" it_goes_while_it_is_traced
