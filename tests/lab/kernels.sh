# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernels.sh: what kernels/ and machines/ say.  Sourced after common.sh.

lab=$top/tests/lab

# kernel_says NAME FIELD: the values of a field, or nothing.
kernel_says() {
	[ ! -e "$lab/kernels/$1" ] || sed -n "s/^$2: *//p" "$lab/kernels/$1" | paste -sd' '
}

must_be_kernel() { # NAME
	[ -f "$lab/kernels/$1" ] ||
		die "no kernel is called $1; these are in tests/lab/kernels: $(cd "$lab/kernels" && grep -lE '^(package|source):' -- * | xargs)"
}

# The stock kernels, the oldest first.
stock_kernels() {
	(cd "$lab/kernels" && grep -l '^package:' -- * | sort -V)
}

default_kernel() {
	(cd "$lab/kernels" && grep -lx 'default: yes' -- *)
}

# load_machine KERNEL: the variables and functions of its machine, which is $machine_name.
load_machine() {
	machine_name=$(kernel_says "$1" machine)
	machine_name=${machine_name:-q35}
	[ -f "$lab/machines/$machine_name.sh" ] || die "kernel $1: no machine is called $machine_name"
	# shellcheck source=tests/lab/machines/q35.sh
	. "$lab/machines/$machine_name.sh"
}
