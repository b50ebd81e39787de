# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# Which program it is: what kernel.modprobe says, unless the parameter says
# otherwise; and who may have it run.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

SYSCTL=/proc/sys/kernel/modprobe
LOADER=/sys/module/driver_flavour/parameters/loader
read -r before <$SYSCTL

# sysctl PROGRAM: what the kernel runs to load modules.
sysctl() {
	echo "$1" >$SYSCTL
}

claimed_and_given_back() {
	assert set_flavour $EDU vfio
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
	rmmod vfio_pci
}

the_sysctl_decides() {
	assert_eq "$(cat $LOADER)" "kernel.modprobe -q --"
	use_loader 'exec /sbin/modprobe "$@"'
	param loader "kernel.modprobe -q --"
	sysctl $lab_run/loader
	claimed_and_given_back
	assert_eq "$(head -n 1 $lab_run/loader-calls)" \
		"-q -- $(modalias_of $EDU | sed 's/^pci/vfio_pci/')"
}

it_says_none() {
	sysctl /bin/false
	refused $EDU vfio ENODEV
	assert not loaded vfio_pci
}

# What was loaded by another program tells nothing.
a_change_is_noticed() {
	sysctl /bin/true
	refused $EDU vfio ENODEV
	sysctl "$before"
	claimed_and_given_back
}

empty_is_off() {
	sysctl ""
	param loader_timeout 1
	listen
	refused $EDU vfio ETIMEDOUT
	assert_eq "$(heard $EDU DRIVER_FLAVOUR_ALIAS= | wc -l)" 1 "events"
	assert not loaded vfio_pci
	param loader_timeout 30
}

the_parameter_decides() {
	sysctl /bin/false
	param loader "/sbin/modprobe -q --"
	claimed_and_given_back
	param loader "kernel.modprobe -q --"
	refused $EDU vfio ENODEV
	sysctl "$before"
	claimed_and_given_back
}

# A private /proc of the module's: it needs none of ours.
without_a_proc() {
	mkdir -p $lab_run/empty
	sysctl /bin/false
	refused $EDU vfio ENODEV
	mount --bind $lab_run/empty /proc/sys/kernel
	refused $EDU vfio ENODEV
	umount /proc/sys/kernel
	sysctl "$before"
}

# --- who may ---------------------------------------------------------------

# weak COMMAND…: by root without CAP_SYS_MODULE.
weak() {
	/usr/bin/setpriv --bounding-set -sys_module --inh-caps -sys_module "$@"
}

# weakly FILE WORD ERRNO
weakly() {
	assert_eq "$(weak sysfs-write "$1" "$2")" "$3" "'$2' without CAP_SYS_MODULE"
}

not_the_parameter() {
	weakly $LOADER "/bin/true" EPERM
	weakly $LOADER "" EPERM
	assert_eq "$(cat $LOADER)" "kernel.modprobe -q --"
}

# All that a flavour is, but for the one step.
not_what_would_load() {
	before_it=$(state_of $EDU)
	weakly "$(flavour_file $EDU)" vfio EPERM
	assert_eq "$(state_of $EDU)" "$before_it"
	assert not loaded vfio_pci
	modprobe vfio-pci
	weakly "$(flavour_file $EDU)" vfio EPERM
	assert_eq "$(state_of $EDU)" "$before_it"
	weakly "$(flavour_file $EDU)" none ok
	weakly "$(flavour_file $EDU)" native EPERM
	is $EDU - none none
	assert set_flavour $EDU vfio
	weakly "$(flavour_file $EDU)" vfio ok
	assert set_flavour $EDU native
}

native_with_its_driver_there() {
	insmod "$(module_path test_native_fail)"
	assert set_flavour $EDU vfio
	weakly "$(flavour_file $EDU)" native ok
	is $EDU test_native_fail native "(null)"
	rmmod test_native_fail
}

nothing_to_run() {
	param loader ""
	weakly "$(flavour_file $EDU)" none ok
	weakly "$(flavour_file $EDU)" native ok
	param loader_timeout 1
	weakly "$(flavour_file $EDU)" vfio ok
	is $EDU vfio-pci vfio vfio-pci
	assert set_flavour $EDU native
	rmmod vfio_pci
}

t "kernel.modprobe is the program" the_sysctl_decides
t "kernel.modprobe=/bin/false: nothing else is run" it_says_none
t "a change of it is noticed, what was found out before is void" a_change_is_noticed
t "empty: the uevent asks, nothing is run" empty_is_off
t "the parameter has the last word, until it names the sysctl again" the_parameter_decides
t "it is read also where /proc does not show it" without_a_proc
t "without CAP_SYS_MODULE nobody sets the parameter" not_the_parameter
t "nor writes what would have a module loaded; the rest they may" not_what_would_load
t "native needs it only if no driver is there" native_with_its_driver_there
t "with the upcall off it is not asked for" nothing_to_run
