# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# common.sh: what scripts on the host share: these, the lab's, the benchmarks'.  Sourced, never run.

top=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/..")
# shellcheck disable=SC2034 # used by those who source this
build=$top/build

say() { printf '%s\n' "$*" >&2; }

die() {
	say "${0##*/}: $*"
	exit 1
}

# quietly COMMAND…: its output only when V=1, or when it fails.
quietly() {
	if [ "${V:-0}" != 0 ]; then
		"$@" >&2
		return
	fi

	local log status=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[ "$status" -eq 0 ] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		command -v sudo >/dev/null || die "needs root or sudo: $*"
		sudo "$@"
	fi
}

# This machine's Debian: bookworm, trixie.
host_release() {
	# shellcheck source=/dev/null
	(. /etc/os-release && echo "$VERSION_CODENAME")
}

# A network may hiccup, and another apt may be at work.
# shellcheck disable=SC2034 # used by those who source this
apt_options=(-o Acquire::Retries=5 -o DPkg::Lock::Timeout=600)

# There is no waiting for the lock of the lists: try again.  Lists of our own
# (use_suite) take no root.
apt_update() {
	local try root=as_root
	[ -z "${apt_private:-}" ] || root=
	for try in 1 2 3 4 5; do
		say "apt: updating the package lists"
		quietly $root apt-get "${apt_options[@]}" update && return
		sleep $((try * 5))
	done
	return 1
}
