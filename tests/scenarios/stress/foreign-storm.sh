# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# weight: 5
# timeout: 2400
# smp
# boot: -a log_buf_len=16M
# boot: -q -blockdev -q driver=null-co,node-name=foreign-sata,size=67108864,read-zeroes=on
# boot: -q -device -q ide-hd,drive=foreign-sata,bus=ide.0
# boot: -q -blockdev -q driver=null-co,node-name=foreign-ahci,size=67108864,read-zeroes=on
# boot: -q -device -q ich9-ahci,id=ahci,bus=pcie.0,addr=14.0
# boot: -q -device -q ide-hd,drive=foreign-ahci,bus=ahci.0
# boot: -q -audiodev -q none,id=foreign-sound
# boot: -q -device -q intel-hda,id=sound,bus=pcie.0,addr=15.0
# boot: -q -device -q hda-duplex,bus=sound.0,audiodev=foreign-sound
# boot: -q -device -q bochs-display,bus=pcie.0,addr=16.0
# boot: -q -device -q qemu-xhci,id=xhci,bus=pcie.0,addr=17.0
# boot: -q -device -q usb-kbd,bus=xhci.0
# Writers that are killed, stopped, frozen and starved: no device is lost.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"
. "$LAB_TOP/tests/scenarios/lib/foreign.sh"

# By operations; ten minutes by `make foreign-storm`.
ALONE=300 CROWD=200

# One writer a device: what it is after each write, and each death, is judged.
alone() {
	# shellcheck disable=SC2046 # a list
	storm $ALONE -a -- $(devices_to_judge)
}

# Everything to everything, and other people's ways of writing beside it.
crowd() {
	: >$lab_run/storming
	begin plugger suspender shells python holders
	# shellcheck disable=SC2046,SC2086 # lists
	storm $CROWD -p $NVME -r $RULES $BUSY_MODULES -w 8 -- \
		$(devices_for_all) $PORT1_DEV=- $PORT2_DEV=- $VFS
	rm $lab_run/storming
	helpers_end
	counts_of_helpers
}

told_native() {
	calm_down
	# Its VFs need its driver to go.
	assert set_flavour $NVME native
	assert sysfs-write "$(sysfs $NVME sriov_numvfs)" 0
	for pair in $(devices); do
		assert set_flavour "${pair%%=*}" native
	done
	all_come_to_work
	lost=0
	for pair in $(devices); do
		works "${pair%%=*}" || lost=$((lost + 1))
	done
	count $lost "foreign storm: lost in the crowd"
}

vfs_can_be_made() {
	expect_errno ok "$(sysfs $NVME sriov_numvfs)" 2
	assert_ne "$(vf_of $NVME 1)" -
	expect_errno ok "$(sysfs $NVME sriov_numvfs)" 0
}

claimed_and_given_back() {
	for pair in $(devices); do
		assert set_flavour "${pair%%=*}" vfio
		assert_ne "$(vfio_dev_of "${pair%%=*}")" - "${pair%%=*}"
		assert set_flavour "${pair%%=*}" native
	done
	all_come_to_work
}

all_go() {
	rmdir $CGROUP/foreign && umount $CGROUP
	for module in driver_flavour $TESTS vfio_pci; do
		! loaded $module || assert rmmod $module
	done
}

t "a machine with disks, sound, a display, a keyboard, NICs" calm_machine
t "each device has one writer, who is tormented" alone
t "all write to all, and plug, suspend, load, make VFs" crowd
t "what is told native works again" told_native
t "VFs can be made" vfs_can_be_made
t "each device can be claimed and given back" claimed_and_given_back
t "every module can be removed" all_go
