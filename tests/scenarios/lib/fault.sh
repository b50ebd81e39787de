# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fault.sh: allocations that fail, in the debug kernel.

FAILSLAB=/sys/kernel/debug/failslab

# count_faults: only allocations made on driver_flavour's behalf shall count.
count_faults() {
	echo N >$FAILSLAB/ignore-gfp-wait
	echo 0 >$FAILSLAB/verbose
	echo 48 >$FAILSLAB/stacktrace-depth
	faults_of driver_flavour
}

# faults_of MODULE: those with MODULE on the stack.
faults_of() {
	require "$(cat "/sys/module/$1/sections/.text")" "$(cat "/sys/module/$1/coresize")"
}

# faults_of_init: those of a module's start; what loads it is Linux's own.
faults_of_init() {
	# shellcheck disable=SC2046 # two lines: it, and what follows it
	set -- $(grep -A 1 ' do_one_initcall$' /proc/kallsyms)
	require "0x$1" $((0x$4 - 0x$1))
}

require() { # FROM SIZE
	printf '0x%x\n' $(($1)) >$FAILSLAB/require-start
	printf '0x%x\n' $(($1 + $2)) >$FAILSLAB/require-end
}

# not_in_vfio: nor those made in there. Linux's vfio_create_group() warns when one
# of its own allocations fails, and a warning ends the boot.
not_in_vfio() {
	reject "$(cat /sys/module/vfio/sections/.text)" "$(cat /sys/module/vfio/coresize)"
}

# not_in_release: nor those that iommu_group_release_dma_owner() makes: it can't
# fail, says Linux, and warns if it does.
not_in_release() {
	reject "0x$(sed -n 's/ T iommu_group_release_dma_owner$//p' /proc/kallsyms)" 80
}

reject() { # FROM SIZE
	printf '0x%x\n' $(($1)) >$FAILSLAB/reject-start
	printf '0x%x\n' $(($1 + $2)) >$FAILSLAB/reject-end
}

# each_fault CHECK UNDO COMMAND…: COMMAND with its first allocation failing, its
# second, … until none does.  After each, `CHECK errno`, and UNDO.
each_fault() {
	check=$1 undo=$2 nth=0 injected=0 answers=
	shift 2
	while :; do
		nth=$((nth + 1))
		fault_says=$(fail-nth $fault_opt $nth "$@") || { fail "no faults: $fault_says"; return; }
		case $answers in
		*"${fault_says% *}"*) ;;
		*) answers="$answers ${fault_says% *}" ;;
		esac
		$check "${fault_says% *}" || fail "after the fault in allocation $nth: $fault_says"
		$undo || fail "undoing after the fault in allocation $nth: $fault_says"
		[ "${fault_says#* }" = injected ] || break
		injected=$((injected + 1))
		[ ! -e $lab_run/asserts ] || { echo "given up after allocation $nth"; return 1; }
		[ $nth -lt 3000 ] || { fail "there is no end to it"; return; }
	done
	echo "lab: faults: $injected in $*:$answers" >/dev/kmsg
	count $injected "faults: allocation failed, $t_name"
}
