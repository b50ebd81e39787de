# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ctl.sh: what the scenarios of flavourctl have in common.  They run twice: with
# the kernel module, and by driver_override without it.

. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

PATH=$LAB_TOP/build:$PATH

# without_module: from here on, by driver_override.
without_module() {
	rmmod driver_flavour
	not loaded driver_flavour
}

# ctl CODE ARGUMENT…: flavourctl exits with CODE.
ctl() {
	ctl_want=$1 ctl_status=0
	shift
	flavourctl "$@" >$lab_run/ctl.out 2>$lab_run/ctl.err </dev/null || ctl_status=$?
	[ "$ctl_status" = "$ctl_want" ] || cat $lab_run/ctl.out $lab_run/ctl.err
	assert_eq "$ctl_status" "$ctl_want" "flavourctl $*"
}

# says TEXT: the last one's output has it; complains TEXT: its errors.
says() {
	grep -qF -- "$1" $lab_run/ctl.out || fail "not said: $1: $(cat $lab_run/ctl.out)"
}

complains() {
	grep -qF -- "$1" $lab_run/ctl.err || fail "no complaint: $1: $(cat $lab_run/ctl.err)"
}

silent() {
	assert_eq "$(cat $lab_run/ctl.err)" "" "stderr"
}

# field NAME: the values of a key in the last one's JSON, a line each.
field() {
	sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" $lab_run/ctl.out
}

# untouched CODE DEV ARGUMENT…: flavourctl exits so, and DEV is as before.
untouched() {
	ctl_code=$1 ctl_dev=$2 ctl_before=$(state_of "$2")
	shift 2
	ctl "$ctl_code" "$@"
	assert_eq "$(state_of "$ctl_dev")" "$ctl_before" "$ctl_dev after flavourctl $*"
}
