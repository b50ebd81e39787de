# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# policy.sh: what the scenarios of the policy share.
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

POLICY=/etc/driver-flavour.d

# policy LINE…: the whole policy, in one file.
policy() {
	rm -rf $POLICY
	mkdir -p $POLICY
	[ $# -eq 0 ] || printf '%s\n' "$@" >$POLICY/50-test.conf
}

# no_policy: nor its rules, nor what it did.
no_policy() {
	policy
	ctl 0 apply
	for d in "$@"; do
		assert set_back "$d"
	done
}

# With the module or without: by the command.
set_back() {
	flavourctl reset -q "$1"
}

# kernel_rules: those of the policy, in their order: "FLAVOUR MATCH".
kernel_rules() {
	for r in "$RULES"/50-policy-*; do
		[ ! -e "$r" ] || echo "$(cat "$r/flavour") $(cat "$r/match")"
	done
}

# fake_proc FILE-TEXT…: /proc with other mounts: a line for mountinfo each.
fake_proc() {
	rm -rf $lab_run/proc
	mkdir -p $lab_run/proc/self $lab_run/proc/net
	printf '%s\n' "$@" >$lab_run/proc/self/mountinfo
	: >$lab_run/proc/swaps
	: >$lab_run/proc/cmdline
}
