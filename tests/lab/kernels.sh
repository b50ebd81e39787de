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
		die "no kernel is called $1; these are in tests/lab/kernels: $(cd "$lab/kernels" && grep -lE '^(package|source|suite|base):' -- * | xargs)"
}

# series_of NAME: 6.12 of 6.12-trixie; nothing of debug.
series_of() {
	[[ ! $1 =~ ^[0-9]+\.[0-9]+ ]] || echo "${BASH_REMATCH[0]}"
}

# Debian's kernels of a series, the oldest first.
stock_kernels() {
	(cd "$lab/kernels" && grep -lE '^(package|suite):' -- [0-9]* | sort -V)
}

# Those of them that are tested before a change goes in.
checked_kernels() {
	local name
	for name in $(stock_kernels); do
		[ -z "$(kernel_says "$name" check)" ] || echo "$name"
	done
}

# The folder of a kernel below build/kernels; what is built for it has that name, too.
tree_of() { # NAME
	basename "$(readlink -f "$build/kernels/$1")"
}

# What `uname -r` says there.
release_of() { # NAME
	basename "$build/kernels/$1"/lib/modules/*
}

# The suite of Debian that a kernel is of.
suite_of() { # NAME
	local base
	base=$(kernel_says "$1" base)
	kernel_says "${base:-$1}" suite
}

# builds_here NAME: this machine has the compiler of a fetched kernel, and a libc for its tools.
builds_here() {
	local headers compiler tools
	headers=$build/kernels/$1/lib/modules/$(release_of "$1")/build
	compiler=$(sed -n 's/^CC =.*)//p' "$headers/.kernelvariables") || return
	command -v "$compiler" >/dev/null || return
	tools=$(ldd "$headers"/scripts/{basic/fixdep,mod/modpost} "$headers/tools/objtool/objtool" 2>&1) || return
	! grep -q 'not found' <<<"$tools"
}

# The release of Debian that a kernel's modules have to be built in, if not here.
builder_of() { # NAME
	local suite
	suite=$(suite_of "$1")
	suite=${suite%%-*}
	[ -z "$suite" ] || [ "$suite" = "$(host_release)" ] || builds_here "$1" || echo "$suite"
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
