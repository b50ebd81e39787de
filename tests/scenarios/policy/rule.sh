# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: it is about files
# flavourctl rule: the policy's file is the old one or the new one, whatever comes.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/policy.sh"

MINE=$POLICY/50-flavourctl.conf

added_listed_removed() {
	rm -rf $POLICY
	ctl 0 rule add "vfio  id=1234:11e8"
	says "$MINE:1: vfio id=1234:11e8"
	ctl 0 rule add none id=abcd:0001 --file 10-first.conf
	says "It matches no device that is present now"
	ctl 0 rule add vfio id=1234:11e8
	says "the rule is already there"
	assert_eq "$(cat $POLICY/*.conf)" "none id=abcd:0001
vfio id=1234:11e8"
	ctl 0 rule list -J
	assert_eq "$(field file | tr '\n' ' ')" "$POLICY/10-first.conf $MINE "
	grep -q "\"$EDU2\"" $lab_run/ctl.out || fail "$(cat $lab_run/ctl.out)"
	ctl 0 rule remove vfio id=1234:11e8
	assert_eq "$(cat $MINE)" ""
	ctl 1 rule remove vfio id=1234:11e8
	complains 'There is no rule "vfio id=1234:11e8"'
	ctl 0 rule remove "none id=abcd:0001"
	ctl 0 rule check
}

wrong_is_refused() {
	policy "vfio id=1234:11e8"
	before=$(cat $POLICY/*)
	ctl 2 rule add "vfoi id=1234:11e8"
	complains 'Column 1: "vfoi" is not a flavour'
	ctl 2 rule add "vfio id=1234"
	ctl 2 rule add "vfio id=1234:11e8" --file ../x.conf
	ctl 2 rule add
	ctl 2 rule frobnicate
	assert_eq "$(cat $POLICY/*)" "$before"
}

same_as_persist() {
	policy
	ctl 0 set vfio --persist $EDU
	ctl 0 rule list -J
	assert_eq "$(field rule)" "vfio path=pci0000:00/02.0 id=1234:11e8"
	ctl 0 apply
	is $EDU vfio-pci
	ctl 0 reset --persist $EDU
	ctl 0 apply
	assert_eq "$(kernel_rules)" ""
}

# --- what would hurt -----------------------------------------------------------

# The root file system is on NVME2, as far as /proc tells.
the_root_disk() {
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	policy
	fake_proc "1 0 $(cat "/sys/class/block/${disk#/dev/}/dev") / / rw - ext4 $disk rw"
	export FLAVOUR_PROC=$lab_run/proc
	ctl 1 rule add vfio id=1b36:0010
	complains "$MINE:1: It would take $NVME2: ${disk#/dev/} is mounted at /."
	assert [ ! -e $MINE ]
	ctl 0 rule add native "address=$NVME2" --file 10-root.conf
	ctl 0 rule add vfio id=1b36:0010
	ctl 0 rule remove native "address=$NVME2"
	ctl 1 rule check
	says "bad   $MINE:1: It would take $NVME2: ${disk#/dev/} is mounted at /."
	before=$(state_of $NVME2)
	ctl 4 apply
	complains "$NVME2: skipped: ${disk#/dev/} is mounted at /"
	assert_eq "$(state_of $NVME2)" "$before"
	ctl 0 rule add --force vfio "address=$NVME2"
	unset FLAVOUR_PROC
	no_policy $NVME
	rmmod_native nvme
}

the_default_route() {
	bind_native $NIC_A e1000e
	nic=$(ls "$(sysfs $NIC_A net)")
	ip addr add 192.0.2.1/24 dev "$nic"
	ip link set "$nic" up
	ip route add default via 192.0.2.2
	policy
	ctl 1 rule add "vfio id=8086:10d3"
	complains "It would take $NIC_A: "
	complains "The default route goes through $nic"
	ctl 0 rule add "vfio address=$NIC_B"
	ctl 0 rule add --force "vfio address=$NIC_A"
	ctl 1 rule check -J
	assert_eq "$(field kind)" vital
	before=$(state_of $NIC_A)
	ctl 4 apply
	is $NIC_B vfio-pci
	assert_eq "$(state_of $NIC_A)" "$before"
	ip route del default
	ctl 0 rule check
	says "note  $MINE:2: It skips $NIC_A: The interface $nic has 192.0.2.1"
	no_policy $NIC_B
	rmmod e1000e
}

# --- check -----------------------------------------------------------------------

shadowed() {
	policy "vfio id=1234:*" "none id=1234:11e8" "none address=$EDU" "nonsense" "none id=abcd:ef01"
	ctl 1 rule check
	says "bad   $POLICY/50-test.conf:4:1: \"nonsense\" is not a flavour"
	says "bad   $POLICY/50-test.conf:2: It never applies: $POLICY/50-test.conf:1 (vfio id=1234:*)"
	says "note  $POLICY/50-test.conf:3: An earlier rule matches each device that it matches"
	says "note  $POLICY/50-test.conf:5: It matches no device"
	ctl 1 rule check -q
	assert_eq "$(wc -l <$lab_run/ctl.out)" 2
	policy "vfio id=1234:11e8"
	ctl 0 rule check
	assert_eq "$(cat $lab_run/ctl.out)" ""
}

# --- old or new --------------------------------------------------------------------

# old_or_new: the file of the policy is one of these two; what an editor left is no policy.
old_or_new() {
	policy_now=$(cat $MINE)
	case $policy_now in
	"$old" | "$old
vfio id=1234:11e8") ;;
	*) fail "neither old nor new: $policy_now" ;;
	esac
}

killed_at_any_moment() {
	policy
	old=$(awk 'BEGIN { for (i = 1; i <= 2000; i++) printf "# some 40 kB of comment %04x\n", i }')
	echo "$old" >$MINE
	took=5000
	for n in 1 2 3; do # the least, for a host may stall
		started=$(now_ms)
		assert flavourctl rule add -q vfio id=1234:11e8
		n=$(($(now_ms) - started + 10))
		[ $n -ge $took ] || took=$n
		echo "$old" >$MINE
	done
	done_once='' undone_once=''
	n=0
	while [ $n -lt 40 ] || [ $n -lt 400 ] && [ "$done_once$undone_once" != 11 ]; do
		n=$((n + 1))
		flavourctl rule add -q vfio id=1234:11e8 >/dev/null 2>&1 &
		usleep $((n % 41 * took * 50)) # up to twice as long as it takes
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		old_or_new
		if [ "$(tail -n 1 $MINE)" = "vfio id=1234:11e8" ]; then
			done_once=1
			echo "$old" >$MINE
		else
			undone_once=1
		fi
	done
	assert_eq "$done_once $undone_once" "1 1" "both came about"
	ctl 0 rule add -q vfio id=1234:11e8
	assert_eq "$(cat $MINE)" "$old
vfio id=1234:11e8"
	assert_eq "$(ls -A $POLICY)" 50-flavourctl.conf
}

# In the middle of the write: a limit on the size of files sends SIGXFSZ.
killed_while_it_writes() {
	echo "$old" >$MINE
	(
		ulimit -f 8
		flavourctl rule add -q vfio id=1234:11e8
	) >/dev/null 2>&1
	assert_eq "$(cat $MINE)" "$old"
	ctl 0 rule add -q vfio id=1234:11e8
	assert_eq "$(ls -A $POLICY)" 50-flavourctl.conf
}

on_a_full_disk() {
	mount -t tmpfs -o size=64k none $POLICY
	echo "$old" >$MINE
	old=$(cat $MINE)
	ctl 1 rule add vfio id=1234:11e8
	complains "$MINE can't be changed: No space left on device. It is as it was."
	assert_eq "$(cat $MINE)" "$old"
	assert_eq "$(ls -A $POLICY)" 50-flavourctl.conf
	ctl 1 set vfio --persist $EDU
	complains "No space left on device"
	assert_eq "$(cat $MINE)" "$old"
	umount $POLICY
	ctl 0 reset $EDU
}

on_a_read_only_disk() {
	policy
	mount -t tmpfs -o ro none $POLICY
	ctl 1 rule add vfio id=1234:11e8
	complains "Read-only file system"
	umount $POLICY
	rm -r $POLICY
}

editors_take_turns() {
	for n in 1 2 3 4 5 6; do
		flavourctl rule add -q vfio "id=abcd:000$n" &
	done
	wait
	assert_eq "$(sort $MINE)" "$(for n in 1 2 3 4 5 6; do echo "vfio id=abcd:000$n"; done)"
	rm -r $POLICY
}

# lock FOLDER: as a user who may only read it; until $locker is killed.
lock() {
	rm -f $lab_run/locked
	/usr/bin/setpriv --reuid=65534 --clear-groups /usr/bin/flock -F "$1" \
		sh -c 'echo && exec sleep 1000' >$lab_run/locked &
	locker=$!
	wait_for "[ -s $lab_run/locked ]"
}

# Whoever may read a folder may lock it.
any_user_locks_the_folders() {
	policy "none id=abcd:0001"
	lock $POLICY
	first=$locker
	lock /sys/kernel/config/driver_flavour/pci
	ctl 0 rule add vfio id=1234:11e8
	ctl 0 apply --rules-only
	assert_eq "$(stat -c %a /run/driver-flavour/lock)" 600
	not /usr/bin/setpriv --reuid=65534 --clear-groups /usr/bin/flock /run/driver-flavour/lock true
	kill "$first" "$locker"
	no_policy
}

a_fifo_among_the_files() {
	policy "none id=abcd:0001"
	mkfifo $POLICY/60-fifo.conf
	ctl 4 apply
	complains "60-fifo.conf:1:1: It can't be read: It is a FIFO or a device, not a file."
	no_policy
}

driverctl_has_it_too() {
	policy "vfio address=$EDU"
	mkdir -p /etc/driverctl.d
	echo vfio-pci >"/etc/driverctl.d/pci-$EDU"
	ctl 0 apply -n
	complains "Run driverctl unset-override $EDU, or remove $POLICY/50-test.conf:1."
	ctl 0 apply
	complains "$EDU: /etc/driverctl.d binds it to vfio-pci at each boot, too"
	ctl 1 doctor
	says "Both driverctl and the policy have $EDU (vfio-pci)"
	policy
	ctl 1 set vfio --persist $EDU
	complains "It is done, but /etc/driverctl.d binds it to vfio-pci"
	rm -r /etc/driverctl.d
	no_policy $EDU
}

t "a rule is added, listed, removed" added_listed_removed
t "what is no rule is refused, and nothing written" wrong_is_refused
t "set --persist writes the same policy" same_as_persist
t "one that would take the root file system is refused, and never applied" the_root_disk
t "so is one that would take the default route" the_default_route
t "check finds what is shadowed, wrong, or without a device" shadowed
t "killed at any moment, the file is the old or the new one" killed_at_any_moment
t "killed while it writes, it is the old one" killed_while_it_writes
t "on a full disk the old file stays" on_a_full_disk
t "on a read-only one as well" on_a_read_only_disk
t "several at once lose nothing" editors_take_turns
t "locks that any user can take hang nobody" any_user_locks_the_folders
t "nor does a FIFO in the policy" a_fifo_among_the_files
t "what driverctl holds as well is told" driverctl_has_it_too
