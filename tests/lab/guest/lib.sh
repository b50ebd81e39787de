# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh: what a scenario is written with.  tests/lab/README.md lists it all.
# A scenario sources this, runs tests with `t`, and says nothing else.

. "$LAB_DIR/guest/devices.sh"
. "$LAB_DIR/guest/modules.sh"
. "$LAB_DIR/guest/pci.sh"
. "$LAB_DIR/guest/qmp.sh"
. "$LAB_DIR/guest/features.sh"

PATH=$LAB_TOP/build/tools:$PATH
lab_run=/run/lab
lab_indent=${LAB_INDENT-}
t_count=0
t_failed=0

# --- tests -----------------------------------------------------------------

# t NAME COMMAND…: one test.  It passes when COMMAND returns 0 and no assert
# in it failed.  Its output is shown only when it fails.
t() {
	t_name=$1
	shift
	[ ! -e $lab_run/asserts ] || rm $lab_run/asserts
	echo "$t_name" >$lab_run/in-test
	if "$@" >$lab_run/out 2>&1 && [ ! -e $lab_run/asserts ]; then
		lab_result ok "$t_name"
	else
		lab_result "not ok" "$t_name"
		t_failed=$((t_failed + 1))
		sed 's/^/# /' $lab_run/out
	fi
}

# skip NAME WHY: a test that can't run here.
skip() {
	lab_result ok "$1 # SKIP $2"
}

# skip_all WHY: end the scenario; nothing in it can run here.
skip_all() {
	skip "all of it" "$1"
	exit 0
}

lab_result() {
	t_count=$((t_count + 1))
	echo "$lab_indent$1 $t_count $2"
}

# The plan comes last, and only if the scenario got to its end.
lab_finish() {
	status=$?
	[ "$status" -eq 0 ] || {
		lab_result "not ok" "the scenario runs to its end"
		echo "# it exited with status $status"
	}
	[ ! -e $lab_run/counts ] || sed "s/^/# count /" $lab_run/counts
	echo "${lab_indent}1..$t_count"
	[ "$status" -eq 0 ] && [ $t_failed -eq 0 ] && exit 0
	exit 1
}
trap lab_finish EXIT

# count N WHAT…: so many were tried; `run` ends with what all scenarios counted.
count() {
	echo "$*" >>$lab_run/counts
}

# --- asserts, for use in t and in the functions that it runs ---------------

# fail WHY…: the test fails, and goes on.
fail() {
	echo "$*"
	: >$lab_run/asserts
	return 1
}

# assert_eq GOT WANT [WHAT]
assert_eq() {
	[ "$1" = "$2" ] || fail "${3:+$3: }got '$1', want '$2'"
}

# assert_ne GOT UNWANTED [WHAT]
assert_ne() {
	[ "$1" != "$2" ] || fail "${3:+$3: }got '$1'"
}

# assert COMMAND…: it returns 0.
assert() {
	"$@" || fail "failed: $*"
}

# not COMMAND…: it does not.
not() {
	! "$@"
}

# expect_errno ERRNO FILE DATA: writing DATA to FILE fails so, or is `ok`.
expect_errno() {
	assert_eq "$(sysfs-write "$2" "$3")" "$1" "write '$3' to $2"
}

# wait_for CONDITION [SECONDS]: until the shell text CONDITION holds.  A host may
# stall for seconds, and the guest's clock goes on: who waits is patient.
wait_for() {
	lab_until=$(($(now_ms) + ${2:-60} * ${LAB_PATIENCE:-4} * 1000))
	until eval "$1"; do
		[ "$(now_ms)" -lt "$lab_until" ] ||
			{ fail "not within ${2:-60} s: $1"; return 1; }
		usleep 20000
	done
}

# now_ms: milliseconds since the boot, a hundredth of a second at best.
now_ms() {
	read -r lab_up lab_up2 </proc/uptime
	lab_up2=${lab_up#*.}
	echo "${lab_up%.*}${lab_up2}0"
}

# --- the kernel log --------------------------------------------------------

# allow_log REGEX: a line that would fail the scenario, but is meant to come.
allow_log() {
	echo "$1" >>$lab_run/allowed-log
}

# log_mark: from here on, for log_since.
log_mark() {
	lab_mark="lab: mark $$ $(now_ms)"
	echo "$lab_mark" >/dev/kmsg
}

# log_since: the kernel log since log_mark.
log_since() {
	dmesg | sed "1,/$lab_mark/d"
}
