# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# weight: 7
# needs: failslab
# Each allocation in turn fails: the errno is ENOMEM, and the device is as before.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"
. "$LAB_TOP/tests/scenarios/lib/fault.sh"

count_faults
export fault_opt=
# Written to some hundred times: no process is made for it.
edu_flavour=$(flavour_file $EDU)
edu_override=$(sysfs $EDU driver_override)

# What it may say, and what the device is then.
claimed_or_not() {
	case $1 in
	ok) is $EDU vfio-pci vfio vfio-pci ;;
	ENOMEM) is $EDU $before ;;
	*) fail "$1 is not documented" ;;
	esac
}

released_or_not() {
	case $1 in
	ok) is $EDU $after ;;
	ENOMEM) is $EDU vfio-pci vfio vfio-pci ;;
	*) fail "$1 is not documented" ;;
	esac
}

make_native() { echo native >"$edu_flavour"; }
make_vfio() { echo vfio >"$edu_flavour"; }

claims() {
	modprobe vfio-pci
	not_in_vfio
	before="- native (null)"
	each_fault claimed_or_not make_native write "$edu_flavour" vfio
}

claims_from_native() {
	insmod "$(module_path test_native_fail)"
	make_native
	before="test_native_fail native (null)"
	is $EDU $before
	each_fault claimed_or_not make_native write "$edu_flavour" vfio
}

releases() {
	after="test_native_fail native (null)"
	not_in_release
	make_vfio
	each_fault released_or_not make_vfio write "$edu_flavour" native
}

holds() {
	after="- none none"
	make_vfio
	each_fault released_or_not make_vfio write "$edu_flavour" none
}

# The loader's own process, and what it loads, are in a worker.
loads() {
	not_in_vfio
	make_native
	rmmod test_native_fail
	rmmod vfio_pci
	before="- native (null)"
	fault_opt=-w
	each_fault claimed_or_not unload write "$edu_flavour" vfio
	fault_opt=
}

unload() {
	make_native || return
	! loaded vfio_pci || rmmod vfio_pci
}

# An override that is a word: the claim is a worker's, and may fail in there.
overrides() {
	modprobe vfio-pci
	make_native
	echo vfio >"$edu_override"
	fault_opt=-w
	each_fault bound_or_held drop_override write /sys/bus/pci/drivers_probe $EDU
	fault_opt=
	drop_override
}

bound_or_held() {
	look $EDU
	case "$driver $flavour $override" in
	"vfio-pci vfio vfio-pci" | "- vfio vfio" | "- native vfio") ;;
	*) fail "'$1', and it is '$driver $flavour $override'" ;;
	esac
}

drop_override() {
	make_native && is_native $EDU && echo vfio >"$edu_override"
}

# With a name so long that configfs has to allocate it, and one to compare it with.
rule_made() {
	made=$RULES/a-name-of-30-characters-or-so
	mkdir $RULES/b
	each_fault made_or_not rule_gone mkdir $made
	rmdir $RULES/b
}

made_or_not() {
	case $1 in
	ok) assert [ -d $made ] ;;
	ENOMEM) assert [ ! -d $made ] ;;
	*) fail "$1" ;;
	esac
}

rule_gone() {
	[ ! -d $made ] || rmdir $made
}

rule_match() {
	mkdir $RULES/a
	each_fault match_or_not true write $RULES/a/match "address=$EDU physfn=*"
}

match_or_not() {
	case $1 in
	ok | ENOMEM) ;;
	*) fail "$1" ;;
	esac
}

# A device that comes back meets the rule; the writer finds it, the rest follows.
rule_hits() {
	echo "address=$EDU" >$RULES/a/match
	echo 1 >$RULES/a/active
	fault_opt=-w
	unplug_edu
	each_fault there unplug_edu write /sys/bus/pci/rescan 1
	fault_opt=
	echo 0 >$RULES/a/active
	echo 1 >/sys/bus/pci/rescan
	make_native
	rmdir $RULES/a
	is_native $EDU
}

# Found, whatever failed. What a rule says can't be noted without memory: then
# the kernel log says so, and the device is native.
there() {
	assert_eq "$1" ok
	[ -e "$edu_override" ] || { fail "it was not found again"; return; }
	[ -e "$edu_flavour" ] || return 0
	look $EDU
	[ "$driver $flavour $override" = "- native (null)" ] || bound_or_held "$1"
}

unplug_edu() {
	echo 1 >"${edu_flavour%/*}/remove"
}

# Nothing is registered twice, or left, when the module's own start fails. If it
# does not, a device that was held still is.
module_loads() {
	echo none >"$edu_flavour"
	rmmod driver_flavour
	faults_of_init
	fault_opt=
	each_fault loaded_or_not unload_self insmod "$lab_updates/driver_flavour.ko"
	modprobe driver_flavour
	make_native
}

loaded_or_not() {
	case $1 in
	ok) is $EDU - none none ;;
	ENOMEM | EINVAL) assert [ ! -e "$edu_flavour" ] && assert not loaded driver_flavour ;;
	*) fail "$1" ;;
	esac
}

unload_self() {
	! loaded driver_flavour || rmmod driver_flavour
}

t "a claim" claims
t "a claim that unbinds a native driver" claims_from_native
t "a release" releases
t "keeping drivers away" holds
t "a claim that loads the driver" loads
t "a claim through driver_override" overrides
t "making a rule" rule_made
t "writing a rule's match" rule_match
t "a rule's hit" rule_hits
t "loading the module" module_loads
