# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The policy, with the kernel module: rules for what comes, claims of what is there.
# weight: 3
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/policy.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

nothing_to_do() {
	policy
	ctl 0 apply
	assert_eq "$(kernel_rules)" ""
	rm -r $POLICY
	ctl 0 apply
	assert_eq "$(vfio_modules)" ""
}

both_are_done() {
	policy "# ours" "native address=$EDU2" "vfio id=1234:11e8" "none class=0500"
	ctl 0 apply -n
	says "rule: vfio modalias=pci:v00001234d000011E8sv* ($POLICY/50-test.conf:3)"
	says "$EDU: would be vfio"
	is $EDU -
	assert_eq "$(kernel_rules)" ""
	ctl 0 apply
	is $EDU vfio-pci
	assert_eq "$(flavour_of $EDU2) $(flavour_of $IVSHMEM)" "native none"
	assert_eq "$(kernel_rules)" "native address=$EDU2
vfio modalias=pci:v00001234d000011E8sv*
none modalias=pci:*bc05sc00i*"
	says "$EDU: vfio, driver vfio-pci ($POLICY/50-test.conf:3)"
	not grep $EDU2: $lab_run/ctl.out || fail "it said something of $EDU2"
	qmp_plug edu later "$PORT1"
	becomes $PORT1_DEV vfio-pci
	qmp_unplug later
}

a_second_time_changes_nothing() {
	before=$(ls $RULES)
	ctl 0 apply -J
	assert_eq "$(field result | sort -u)" unchanged
	assert_eq "$(ls $RULES)" "$before"
}

other_rules_stay() {
	rule 10-mine none "address=0000:ff:*"
	policy "vfio id=1234:11e8"
	ctl 0 apply -q
	assert_eq "$(cat $lab_run/ctl.out)" ""
	assert_eq "$(kernel_rules)" "vfio modalias=pci:v00001234d000011E8sv*"
	assert_eq "$(cat $RULES/10-mine/match)" "address=0000:ff:*"
	is $EDU vfio-pci
	no_policy $EDU $IVSHMEM $IVSHMEM2
	assert_eq "$(ls $RULES)" 10-mine
	rmdir $RULES/10-mine
}

# An apply that was killed leaves two generations; the next one puts it right.
killed_before() {
	mkdir $RULES/50-policy-a00001 $RULES/50-policy-b00001 $RULES/50-policy-b00002
	policy "vfio id=1234:11e8" "none id=0001:*"
	ctl 0 apply --rules-only
	assert_eq "$(kernel_rules)" "vfio modalias=pci:v00001234d000011E8sv*
none modalias=pci:v00000001d0000*sv*"
	is $EDU -
	no_policy
}

# A rule that something is mounted on can't be removed: it would decide, unseen.
an_old_rule_stays() {
	policy "vfio id=1234:11e8" "none id=0001:*"
	ctl 0 apply --rules-only
	old=$(echo $RULES/50-policy-?00002)
	mount --bind "$old" "$old"
	policy "none id=0002:*"
	ctl 4 apply --rules-only
	complains "${old##*/} of an earlier policy can't be removed"
	complains "rmdir $old"
	assert_eq "$(kernel_rules | sort)" "none modalias=pci:v00000001d0000*sv*
none modalias=pci:v00000002d0000*sv*"
	umount "$old"
	ctl 0 apply --rules-only
	assert_eq "$(kernel_rules)" "none modalias=pci:v00000002d0000*sv*"
	no_policy
}

# None takes the others' rules for what a killed one left.
several_at_once() {
	policy
	seq 10001 10200 | sed 's/^1/none id=0001:/' >$POLICY/50-test.conf
	for i in 1 2 3 4; do
		flavourctl apply -q --rules-only 2>$lab_run/at-once.$i &
		eval "apply_$i=\$!"
	done
	for i in 1 2 3 4; do
		eval "wait \$apply_$i" || fail "the apply number $i failed: $(cat $lab_run/at-once.$i)"
	done
	set -- "$RULES"/*
	assert_eq $# 200
	no_policy
}

wrong_lines() {
	policy "vfio id=1234:11e8" "vfoi id=1:2" "none  addr=1" "none id=0001:0002"
	ctl 4 apply
	complains "$POLICY/50-test.conf:2:1: \"vfoi\" is not a flavour"
	complains "$POLICY/50-test.conf:3:7: There is no key \"addr\""
	is $EDU vfio-pci
	assert_eq "$(kernel_rules | wc -l)" 2
	policy "vfio $(seq -s " " 1001 1009 | sed "s/1[0-9]*/id=0001:&/g")" "none id=0001:0002"
	ctl 4 apply
	complains "50-test.conf:1:1: The rule is too long for the kernel"
	assert_eq "$(kernel_rules)" "none modalias=pci:v00000001d00000002sv*"
	mkdir $POLICY/60-folder.conf
	ctl 4 apply
	complains "60-folder.conf:1:1: It can't be read: Is a directory"
	no_policy $EDU $EDU2
}

what_is_in_use_is_skipped() {
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	modprobe ext4
	mke2fs -q "$disk" && mount "$disk" /mnt
	policy "vfio id=1b36:0010" "vfio id=1234:11e8"
	before=$(state_of $NVME2)
	ctl 4 apply
	complains "$NVME2: skipped: ${disk#/dev/} is mounted at /mnt"
	complains "50-test.conf:1: vfio id=1b36:0010"
	assert_eq "$(state_of $NVME2)" "$before"
	is $NVME vfio-pci
	is $EDU vfio-pci
	umount /mnt
	no_policy $EDU $EDU2 $NVME
	rmmod_native nvme
}

# The machine as it is in an initramfs: root= is on a disk without a driver yet.
root_of() { # ROOT
	fake_proc "1 1 0:2 / / rw - rootfs rootfs rw"
	echo "quiet root=$1 rw" >$lab_run/proc/cmdline
}

# In the initramfs only what can't carry the root file system is taken.
the_root_to_be_is_left_alone() {
	policy "vfio id=1b36:0010"
	export FLAVOUR_PROC=$lab_run/proc
	root_of UUID=3c7f0d3e-0000
	for d in $NVME $NVME2; do
		ctl 4 apply -n --device "$d"
		complains "$d: skipped: $d may carry the root file system (root=UUID=3c7f0d3e-0000)"
	done
	policy "vfio class=01*"
	for root in UUID=3c7f0d3e-0000 /dev/nvme0n1p2; do
		root_of $root
		ctl 4 apply
		for d in $SATA $NVME $NVME2; do
			complains "$d: skipped: $d may carry the root file system (root=$root)"
			is "$d" -
		done
	done
	policy "native address=$NVME" "vfio class=01*"
	root_of /dev/sda1
	ctl 4 apply
	complains "$SATA: skipped: $SATA may carry the root file system (root=/dev/sda1)"
	is $NVME2 vfio-pci
	is $NVME -
	unset FLAVOUR_PROC
	no_policy $NVME2
}

# A function with a serial number, in one port and then in another.
found_by_serial_number() {
	install_modules test_sim
	modprobe test_sim
	policy "vfio dsn=b8-ce-f6-03-00-a1-b2-c3"
	echo "id=15b3:101d class=020000 bar=4K dsn=b8cef60300a1b2c3" >$SIM/plan
	sim_plug hp1
	ctl 0 apply
	is "$(sim_dev hp1 0)" vfio-pci
	m=pci:v000015B3d0000101Dsv00000000sd00000000bc02sc00i00
	assert_eq "$(kernel_rules)" "vfio address=$(sim_dev hp1 0) modalias=$m"
	flavourctl reset -q "$(sim_dev hp1 0)"
	sim_unplug hp1
	echo "id=15b3:101d class=020000 bar=4K dsn=b8cef60300a1b2c3" >$SIM/plan
	sim_plug hp2
	ctl 0 apply
	is "$(sim_dev hp2 0)" vfio-pci
	assert_eq "$(kernel_rules)" "vfio address=$(sim_dev hp2 0) modalias=$m"
	flavourctl reset -q "$(sim_dev hp2 0)"
	sim_unplug hp2
	no_policy
}

# The place of a device that is not there yet; and not of another kind.
found_by_path() {
	policy "vfio path=pci0000:00/10.0/00.0 id=1234:11e8" "vfio path=pci0000:00/02.0"
	ctl 0 apply
	is $EDU vfio-pci
	assert_eq "$(kernel_rules)" "vfio address=$PORT1_DEV modalias=pci:v00001234d000011E8sv*
vfio address=$EDU"
	qmp_plug edu later "$PORT1"
	becomes $PORT1_DEV vfio-pci
	qmp_unplug later
	qmp_plug pci-testdev other "$PORT1"
	assert_eq "$(flavour_of "$PORT1_DEV")" native
	qmp_unplug other
	no_policy $EDU
}

one_device() {
	policy "vfio id=1234:11e8"
	ctl 0 apply --device "/devices/pci0000:00/$EDU"
	is $EDU vfio-pci
	is $EDU2 -
	assert_eq "$(kernel_rules)" ""
	ctl 0 apply --device $TESTDEV
	is $TESTDEV -
	ctl 3 apply --device 0000:77:00.0
	ctl 2 apply --device nonsense
	no_policy $EDU
}

a_group_goes_together() {
	for d in $CHIPSET; do
		echo "vfio address=$d"
	done >$lab_run/lines
	modprobe ahci
	modprobe i2c-i801
	mkdir -p $POLICY
	cp $lab_run/lines $POLICY/50-test.conf
	ctl 0 apply
	for d in $CHIPSET; do
		is "$d" vfio-pci
	done
	no_policy $CHIPSET
	policy "vfio address=$SMBUS"
	ctl 4 apply
	complains "$SATA is in the same IOMMU group"
	no_policy
	rmmod_native ahci
	rmmod_native i2c_i801
}

# How long it takes is said below; here only that it is done, and what it costs
# a device that comes.
a_thousand_rules() {
	modprobe test_sim
	echo "id=15b3:101e class=020000 bar=4K n=100" >$SIM/plan
	sim_plug hp3
	mkdir -p $POLICY
	awk 'BEGIN {
		for (i = 1; i <= 400; i++) printf "none id=10de:%04x\n", i
		for (i = 1; i <= 300; i++) printf "vfio address=0001:%02x:00.0\n", i % 256
		for (i = 1; i <= 200; i++) printf "none path=pci0000:00/1c.0/%02x.%x\n", i / 8, i % 8
		for (i = 1; i <= 100; i++) printf "none class=0b%02x id=15b3:*\n", i
	}' >$POLICY/50-test.conf
	started=$(now_ms)
	ctl 0 apply
	took=$(($(now_ms) - started))
	started=$(now_ms)
	ctl 0 apply
	again=$(($(now_ms) - started))
	says "800 rules for devices that appear later, unchanged"
	set -- /sys/bus/pci/devices/*
	echo "# policy: 1000 rules, $# devices: $took ms, the second time $again ms" \
		>$lab_run/figure
	assert_eq "$(kernel_rules | wc -l)" 800
	no_policy
	assert_eq "$(kernel_rules)" ""
	sim_unplug hp3
}

without_root() {
	policy "vfio id=1234:11e8"
	ctl_status=0
	/usr/bin/setpriv --reuid=65534 --clear-groups "$(command -v flavourctl)" apply \
		2>$lab_run/ctl.err || ctl_status=$?
	assert_eq "$ctl_status" 1
	complains "apply needs root"
	is $EDU -
	rm -r $POLICY
}

t "no policy: nothing to do" nothing_to_do
t "what is there is claimed, what comes later meets the rules" both_are_done
t "a second time changes nothing" a_second_time_changes_nothing
t "rules that others made stay" other_rules_stay
t "an apply that was killed is put right" killed_before
t "an old rule that can't be removed is told" an_old_rule_stays
t "several applies at once" several_at_once
t "wrong lines are named, the others hold" wrong_lines
t "what is in use is skipped, and it says why" what_is_in_use_is_skipped
t "the root file system's controller is left alone before it is mounted" \
	the_root_to_be_is_left_alone
t "a card is found by its serial number on another bus" found_by_serial_number
t "a path is a rule for what is not there yet" found_by_path
t "one device, as udev asks" one_device
t "an IOMMU group whose members are all in the policy" a_group_goes_together
if [ "$LAB_SLOW" -eq 1 ]; then
	t "a thousand rules" a_thousand_rules
else
	skip "a thousand rules" "it takes minutes on the debug kernel, and rules/configfs has as many there"
fi
[ ! -e $lab_run/figure ] || cat $lab_run/figure
t "without root it says so" without_root
