# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What an initramfs runs when the root file system does not appear gives devices back.
# stock only: it is a script for user space
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"

given_back() {
	script=$LAB_TOP/build/user/system/initramfs_rescue
	command=$(sed -n 's|^\t\(/.*/flavourctl\) set --force.*|\1|p' "$script")
	mkdir -p "${command%/*}"
	[ -e "$command" ] || ln -s "$LAB_TOP/build/flavourctl" "$command"
	bind_native $NVME2 nvme
	bind_native $NIC_A e1000e
	ctl 0 set vfio $NVME2 $NIC_A
	log_mark
	assert sh "$script"
	is $NVME2 nvme
	is $NIC_A e1000e
	log_since | grep -q "does not appear: $NVME2 goes back" || fail "the log does not say so"
	log_since | grep "goes back" | grep -v -e $NVME2 -e $NIC_A && fail "one that nobody took"
	return 0
}

t "the devices that were taken are given back, the others left alone" given_back
