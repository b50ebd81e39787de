# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# nvme_snap_vfio_pci: NVMe of one subsystem vendor; its registers are trapped,
# and it is stopped when it comes and when it goes.
# weight: 2
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

VARIANT=nvme_snap_vfio_pci

# steps DEV STEP…: what came of each, on BAR 0, on one line.
steps() {
	steps_dev=$1
	shift
	vfio-region "$steps_dev" 0 "$@" | sed 's/^[^ ]* //' | tr '\n' ' ' | sed 's/ $//'
}

# A class in it would hide the driver from libvirt, which then takes vfio-pci.
its_alias() {
	install_modules $VARIANT
	assert_eq "$(modinfo -F alias $VARIANT)" "vfio_pci:v00001B36d00000010sv00001AF4sd*bc*sc*i*"
}

# The native driver would have nothing to do with the simulated ones.
its_own() {
	echo "blacklist nvme" >/etc/modprobe.d/lab.conf
	assert set_flavour $NVME2 vfio
	is $NVME2 $VARIANT vfio $VARIANT
	assert set_flavour $NVME vfio
	is $NVME $VARIANT vfio $VARIANT
	assert set_flavour $NVME native
}

# The same controller of another maker, another controller of that maker, and
# one whose doorbells can't be mapped, where the variant steps back.
not_the_others() {
	assert insmod "$(module_path test_sim)"
	cat >$SIM/plan <<-END
	id=1b36:0010 sub=144d:a801 class=010802 bar=16K
	id=1b36:0010 sub=1af4:1100 class=010601 bar=16K
	id=1b36:0010 sub=1af4:1100 class=010802 bar=4K
	id=1b36:0010 sub=1af4:1100 class=010802
	END
	sim_plug hp1
	for n in 0 1 2 3; do
		assert set_flavour "$(sim_dev hp1 $n)" vfio
		is "$(sim_dev hp1 $n)" vfio-pci vfio vfio-pci
	done
	sim_unplug hp1
}

# Nothing answers behind a simulated BAR.
dead_controller() {
	echo "id=1b36:0010 sub=1af4:1100 class=010802 bar=16K" >$SIM/plan
	sim_plug hp2
	dev=$(sim_dev hp2 0)
	assert set_flavour "$dev" vfio
	is "$dev" $VARIANT vfio $VARIANT
	before=$(state_of "$dev")
	for _ in 1 2; do
		assert not vfio-info "$dev" 2>$lab_run/said
		assert grep -q "cannot open device $dev: EIO" $lab_run/said
	done
	assert_eq "$(state_of "$dev")" "$before"
	assert set_flavour "$dev" native
	sim_unplug hp2
}

what_may_be_mapped() {
	assert_eq "$(steps $NVME2 info)" \
		"size 0x4000 read write mmap sparse 0x1000+0x3000"
	assert_eq "$(steps $NVME2 map:0:0x1000 map:0:0x4000 map:0x1000:0x1000 map:0x2000:0x2000)" \
		"EINVAL EINVAL 0x00000000 0x00000000"
}

# By a dma-buf other devices would reach the registers.
what_may_be_shared() {
	assert_eq "$(steps $NVME2 dmabuf:0:0x1000 dmabuf:0:0x4000 dmabuf:0x1000:0x1000 dmabuf:0x2000:0x2000)" \
		"EINVAL EINVAL ok ok"
}

# The version, the capabilities; interrupts masked, and then seen to be.
registers_answer() {
	assert_eq "$(steps $NVME2 read:0x8:4 read:0x14:4)" "0x00010400 0x00000000"
	assert_eq "$(steps $NVME2 write:0x24:4:0x10001 read:0x24:4 write:0x28:8:0x7000 read:0x28:8)" \
		"ok 0x00010001 ok 0x0000000000007000"
}

bad_writes() {
	assert_eq "$(steps $NVME2 write:0x24:2:1 write:0x26:4:1 write:0x2c:8:1 write:0xffe:4:0)" \
		"EINVAL EINVAL EINVAL EINVAL"
	assert_eq "$(steps $NVME2 write:0x20:4:0x4e564d65 write:0x20:8:0x4e564d65)" "EPERM EPERM"
	assert_eq "$(steps $NVME2 ioeventfd:0x14:4:1 ioeventfd:0x1000:4:1)" "ENOTTY ENOTTY"
}

# With its BARs off the registers are out of reach, and nothing more.
bars_off() {
	assert_eq "$(steps $NVME2 command:0 read:0x8:4 write:0x24:4:1 command:2 read:0x8:4)" \
		"ok EIO EIO ok 0x00010400"
}

# client DEV [STEP…]: a program that does not stop the controller at its end.
client() {
	client_dev=$1
	shift
	vfio-nvme "$client_dev" "$@" >$lab_run/client 2>&1
	cat $lab_run/client
}

works_for_a_client() {
	assert_eq "$(client $NVME2 | tail -n 1 | tr -s ' ')" "status 0x0 serial lab-plain "
}

no_new_queue_under_way() {
	assert_eq "$(client $NVME2 read:0x14:4 write:0x24:4:3 write:0x28:8:0 write:0x30:8:0 \
		read:0x24:4 write:0x14:4:0x460000 read:0x1c:4 write:0x24:4:3 read:0x24:4 | sed '1,2d; s/.* //' | tr '\n' ' ')" \
		"0x00460001 EBUSY EBUSY EBUSY 0x00010001 ok 0x00000000 ok 0x00000003 "
}

# under DRIVER COMMAND…: bound to it for as long as COMMAND runs.
under() {
	under_driver=$1
	shift
	echo "$under_driver" >"$(sysfs $NVME2 driver_override)"
	echo $NVME2 >"/sys/bus/pci/drivers/$under_driver/bind"
	"$@"
	echo $NVME2 >"$(sysfs $NVME2 driver/unbind)"
	echo >"$(sysfs $NVME2 driver_override)"
}

# left_to NEXT DRIVER STEP…: the controller as NEXT shows it after a client on DRIVER.
left_to() {
	left_next=$1 left_driver=$2
	shift 2
	under "$left_driver" client $NVME2 "$@" >/dev/null
	under "$left_next" steps $NVME2 read:0x14:4 read:0x1c:4
}

# vfio-pci leaves it to the function's reset, so there we see what would be.
stopped_without_a_reset() {
	assert set_flavour $NVME2 native
	modprobe vfio-pci
	echo >"$(sysfs $NVME2 reset_method)"
	assert_eq "$(left_to vfio-pci vfio-pci)" "0x00460001 0x00000001" "without the variant"
	assert_eq "$(left_to $VARIANT vfio-pci)" "0x00000000 0x00000000" "when it is opened"
	assert_eq "$(left_to vfio-pci $VARIANT)" "0x00000000 0x00000000" "when it is closed"
	assert_eq "$(left_to vfio-pci $VARIANT command:0)" "0x00000000 0x00000000" "its BARs off"
	echo default >"$(sysfs $NVME2 reset_method)"
	assert_eq "$(left_to $VARIANT $VARIANT)" "0x00000000 0x00000000" "with a reset"
}

given_back() {
	is_native $NVME2
	bind_native $NVME2 nvme
	disk_fill $NVME2 snap
	sum=$(disk_sum $NVME2)
	assert set_flavour $NVME2 vfio
	is $NVME2 $VARIANT vfio $VARIANT
	client $NVME2 >/dev/null
	assert set_flavour $NVME2 native
	is $NVME2 nvme native "(null)"
	assert_eq "$(disk_sum $NVME2)" "$sum"
}

# QEMU's VFs are offline until their PF's driver says otherwise, and answer nothing.
a_virtual_function() {
	becomes $NVME nvme
	echo 1 >"$(sysfs $NVME sriov_numvfs)"
	vf=$(vf_of $NVME 0)
	assert set_flavour "$vf" vfio
	is "$vf" $VARIANT vfio $VARIANT
	assert not vfio-info "$vf" 2>$lab_run/said
	assert grep -q "cannot open device $vf: EIO" $lab_run/said
}

t "its alias names vendor and device, and no class" its_alias
t "an NVMe controller of its vendor is the variant's" its_own
t "one of another vendor, of another class, or without doorbells is not" not_the_others
t "a controller that does not answer is not opened" dead_controller
t "the doorbells may be mapped, the registers may not" what_may_be_mapped
if feature dma-buf; then
	t "the same may be exported as a dma-buf" what_may_be_shared
else
	skip "the same may be exported as a dma-buf" "$lab_lacks"
fi
t "the registers can be read and written" registers_answer
t "but not in pieces, by an eventfd, or to reset other controllers" bad_writes
t "with the BARs off they can't" bars_off
t "a client that traps to the registers and maps the doorbells works" works_for_a_client
t "the admin queue can't be moved while the controller runs" no_new_queue_under_way
t "the controller is stopped for the next one, reset or not" stopped_without_a_reset
t "given back, it is the disk that it was" given_back
t "a virtual function is the variant's as well" a_virtual_function
