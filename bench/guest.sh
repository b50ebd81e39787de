# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest.sh: what the figures share.  They run in the lab (tests/lab), one boot
# each, and what they print is for `report`.

. "$LAB_DIR/guest/lib.sh"
trap - EXIT # no plan: these are no tests
set -e

steps=$LAB_TOP/build/bench/steps
ctl=$LAB_TOP/build/user/flavourctl/flavourctl
flavour_load=$LAB_TOP/build/user/flavour-load/flavour-load
ways=$lab_run/ways
tab=$(printf '\t')
devices=/sys/bus/pci/devices
drivers=/sys/bus/pci/drivers
flavour_params=/sys/module/driver_flavour/parameters
mkdir -p $ways

# say TEXT…: progress.
say() {
	echo "say$tab$*"
}

# warm PROGRAM ARG…: run it, and have each file that it opened in memory, as on
# a machine that has used it before: touched, a file is the overlay's own
# (tests/lab/guest/init), and 9p has no part in it.
warm() {
	strace -f -qq -e trace=execve,open,openat -o $lab_run/opened "$@" >/dev/null 2>&1 || true
	grep -o '"/[^"]*"' $lab_run/opened | tr -d '"' | sort -u | while read -r opened; do
		case $opened in
		/sys/* | /proc/* | /dev/* | /run/*) ;;
		*) [ ! -f "$opened" ] || touch -c -r "$opened" "$opened" ;;
		esac
	done
}

# script NAME: what is on stdin, as a program for `spawn`: $lab_run/NAME.
script() {
	{ echo '#!/bin/sh' && cat; } >"$lab_run/$1"
	chmod +x "$lab_run/$1"
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

# section TITLE: the rows that follow belong to it.
section() {
	echo "section$tab$*"
}

# row TITLE OURS AGAINST_TITLE AGAINST [GOAL]: a line of the table.  OURS and
# AGAINST are names of ways, or A-B for what A takes longer than B, A/N, least:A.
row() {
	echo "row$tab$1$tab$2$tab$3$tab$4$tab${5:-}$tab${unit:-ms}"
}

# note TEXT…: a paragraph for the document, after the section's table.
note() {
	echo "note$tab$*"
}

# plot NAME TITLE BAR=SERIES…: a bar for each.
# plot NAME TITLE LINE:X=SERIES…: a line for each LINE, both axes logarithmic.
plot() {
	plot_line=plot
	for plot_word in "$@"; do
		plot_line=$plot_line$tab$plot_word
	done
	echo "$plot_line"
}

# An alias that nothing has.
warm /sbin/modprobe -q -- pci:v0000FFFFd0000FFFFsv0000FFFFsd0000FFFFbcFFscFFiFF
