# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -c 4
# Eight functions that are born as VFIO devices: by a rule, against by hand.
. "$LAB_TOP/bench/guest.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

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

way vfs.rule <<END
write $PF/sriov_drivers_autoprobe 1
write $RULES/vfs/active 1
start
write $PF/sriov_numvfs 8
$(all_there)
END

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

# The same with a variant whose probe sleeps, on functions that are plugged in.
SLEEP_MS=20
slow=test_slow_vfio_pci

each_function() { # FORMAT: printed with each function's address twice
	for n in $VFS; do
		dev=$(sim_dev hp1 "$n")
		# shellcheck disable=SC2059 # a format
		printf "$1\n" "$dev" "$dev"
	done
}

plugged_way() { # NAME ACTIVE AUTOPROBE: after the plug, the steps on stdin
	way "$1" <<-END
		write $RULES/plug/active $2
		write /sys/bus/pci/drivers_autoprobe $3
		write $SIM/plan id=1b36:0005 class=020000 pm flr n=8
		start
		write $SIM/plug $(sim_port hp1)
		$(cat)
		$(each_function "wait $devices/%s/vfio-dev")
		stop
		$(each_function "bound %s $slow")
		write /sys/bus/pci/drivers_autoprobe 1
		write $SIM/unplug $(sim_port hp1)
		sleep 100
	END
}

/sbin/insmod "$lab_ours/test_sim.ko"
/sbin/insmod "$lab_ours/$slow.ko" delay_ms=$SLEEP_MS
rule plug vfio "modalias=pci:v00001B36d00000005*"
plugged_way plug.rule 1 1 </dev/null
plugged_way plug.hand 0 0 <<END
$(each_function "write $devices/%s/driver_override $slow" | sed 's/ [^ ]*$//')
END
sed -i "s|^\(write $devices/\(.*\)/driver_override\).*|\1 $slow\nwrite /sys/bus/pci/drivers_probe \2|" "$ways/plug.hand"
way plug.alone <<END
write $RULES/plug/active 0
write /sys/bus/pci/drivers_autoprobe 0
write $SIM/plan id=1b36:0005 class=020000 pm flr n=8
start
write $SIM/plug $(sim_port hp1)
stop
write /sys/bus/pci/drivers_autoprobe 1
write $SIM/unplug $(sim_port hp1)
sleep 100
END

section "Eight functions born as VFIO devices"
say "vfs: 8 functions whose driver's probe sleeps, $RUNS runs of each"
play $RUNS plug.rule plug.hand plug.alone
say "vfs: 8 VFs of an NVMe drive, $RUNS runs of each"
play $RUNS vfs.rule vfs.hand vfs.alone
row "8 functions, a probe of $SLEEP_MS ms each" plug.rule "autoprobe off, and a loop" plug.hand 0.5
row "  plugging them in without a driver" plug.alone "autoprobe off, and a loop" plug.hand
row "8 VFs of an NVMe drive, by vfio-pci" vfs.rule "autoprobe off, and a loop" vfs.hand 0.5
row "  making 8 VFs without a driver" vfs.alone "autoprobe off, and a loop" vfs.hand
row "  what is on top of that" vfs.rule-vfs.alone "the loop" vfs.hand-vfs.alone
note "QEMU's NVMe VFs and vfio-pci are no fair measure, and are here because they are real drivers: the kernel waits" \
	"100 ms while it turns VFs on, whoever binds them, and vfio-pci's probe does not sleep. There is nothing to do" \
	"side by side. Variants do sleep, as they talk to the firmware of their card: that is what the first line" \
	"measures, on simulated functions and with a driver whose probe sleeps $SLEEP_MS ms."
plot vfs "8 functions born as VFIO devices, ms" "a slow probe: rule=plug.rule" "a slow probe: loop=plug.hand" \
	"NVMe VFs: rule=vfs.rule" "NVMe VFs: loop=vfs.hand" "NVMe VFs: no driver=vfs.alone"
