# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -c 4
# Eight VFs that become VFIO devices: by a rule, against by hand.
. "$LAB_TOP/bench/guest.sh"
. "$LAB_DIR/scenarios/lib/rules.sh"

RUNS=10
PF=$devices/$NVME
VFS="0 1 2 3 4 5 6 7"

each_vf() { # FORMAT: printed with each VF's address
	for n in $VFS; do
		# shellcheck disable=SC2059 # a format
		printf "$1\n" "$(cat "$lab_run/vf$n")"
	done
}

# The addresses are known before, which is the loop's gain.
note_addresses() {
	echo 8 >"$PF/sriov_numvfs"
	for n in $VFS; do
		vf_of $NVME "$n" >"$lab_run/vf$n"
	done
	echo 0 >"$PF/sriov_numvfs"
}

all_there() {
	each_vf "wait $devices/%s/vfio-dev"
	echo stop
	each_vf "bound %s vfio-pci"
	echo "write $PF/sriov_numvfs 0"
	echo "gone $PF/virtfn*"
	echo "sleep 100"
}

say "vfs: loading modules"
modprobe driver_flavour
modprobe vfio-pci
bind_native $NVME nvme
note_addresses
rule vfs vfio "physfn=$NVME"

by_rule() { # NAME LOADER
	way "$1" <<-END
		write $flavour_params/loader $2
		write $PF/sriov_drivers_autoprobe 1
		write $RULES/vfs/active 1
		start
		write $PF/sriov_numvfs 8
		$(all_there)
	END
}
by_rule vfs.rule "$(cat $flavour_params/loader)"
by_rule vfs.idle /bin/true

way vfs.hand <<END
write $RULES/vfs/active 0
write $PF/sriov_drivers_autoprobe 0
start
write $PF/sriov_numvfs 8
$(for n in $VFS; do
	vf=$(cat "$lab_run/vf$n")
	echo "write $devices/$vf/driver_override vfio-pci"
	echo "write /sys/bus/pci/drivers_probe $vf"
done)
$(all_there)
END

# What both wait for: the kernel makes the VFs, and sleeps 100 ms on the way.
way vfs.alone <<END
write $RULES/vfs/active 0
write $PF/sriov_drivers_autoprobe 0
start
write $PF/sriov_numvfs 8
stop
write $PF/sriov_numvfs 0
gone $PF/virtfn*
sleep 100
END

say "vfs: 8 VFs, $RUNS runs of each"
play $RUNS vfs.rule vfs.hand vfs.idle vfs.alone
row "8 VFs born as VFIO devices" vfs.rule "autoprobe off, and a loop" vfs.hand 0.5
row "  making 8 VFs without a driver" vfs.alone "autoprobe off, and a loop" vfs.hand
row "  what is on top of that" vfs.rule-vfs.alone "the loop" vfs.hand-vfs.alone
row "  the same, /bin/true as the loader" vfs.idle-vfs.alone "the loop" vfs.hand-vfs.alone
