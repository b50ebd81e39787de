# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest.sh: what the figures share.  They run in the lab (tests/vm), one boot
# each, and what they print is for `report`.

. "$LAB_DIR/guest/lib.sh"
trap - EXIT # no plan: these are no tests
set -e

steps=$LAB_TOP/build/bench/steps
ways=$lab_run/ways
tab=$(printf '\t')
devices=/sys/bus/pci/devices
drivers=/sys/bus/pci/drivers
flavour_params=/sys/module/driver_flavour/parameters
mkdir -p $ways

# modprobe from memory, as it is on a machine that has used it before: touched,
# a file is the overlay's own (tests/vm/guest/init), and 9p has no part in it.
touch -c "$(readlink -f /sbin/modprobe)" $(ldd /sbin/modprobe | sed -n 's|^[^/]*\(/[^ ]*\) .*|\1|p')

# say TEXT…: progress.
say() {
	echo "say$tab$*"
}

# way NAME: its steps are on stdin; see steps.c.
way() {
	cat >"$ways/$1"
}

# play RUNS NAME…: by turns; two runs of each come before that, to warm up.
play() {
	play_runs=$1
	shift
	for play_name in "$@"; do
		set -- "$@" "$play_name=$ways/$play_name"
		shift
	done
	$steps -s "${WARM_UP:-2}" "$play_runs" "$@"
}

# row TITLE OURS AGAINST_TITLE AGAINST [GOAL]: a line of the table.  OURS and
# AGAINST are names of ways, or A-B for what A takes longer than B.
row() {
	echo "row$tab$1$tab$2$tab$3$tab$4$tab${5:-}${tab}ms"
}

# trace_loader / loader_runs NAME: how long each run of the loader took that a
# write has waited for, as the series NAME; those of the warm-up are not in it.
trace_loader() {
	echo loader_run >/sys/kernel/tracing/set_ftrace_filter
	echo function_graph >/sys/kernel/tracing/current_tracer
	echo >/sys/kernel/tracing/trace
}

loader_runs() {
	awk -v name="$1" -v skip="${WARM_UP:-2}" '
		/loader_run/ && match($0, /[0-9.]+ us/) && ++n > skip {
			runs = runs sprintf(" %d", substr($0, RSTART, RLENGTH) * 1000)
		}
		END { print "runs " name runs }' /sys/kernel/tracing/trace
	echo nop >/sys/kernel/tracing/current_tracer
}
