# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What it costs others to have the module loaded: unused, and with 100 rules of
# which none matches.
. "$LAB_TOP/bench/guest.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

ROUNDS=6
RUNS=10
EDU_PORT=0000:00:10.0
NIC_PORT=0000:00:09.0

add_way() { # NAME DEV PORT
	way "$1" <<-END
		write $devices/$2/remove 1
		gone $devices/$2
		start
		write $devices/$3/rescan 1
		stop
		wait $devices/$2
	END
}

bind_way() { # NAME DEV DRIVER
	way "$1" <<-END
		write $devices/$2/driver/unbind $2
		start
		write $drivers/$3/bind $2
		stop
		bound $2 $3
	END
}

# As people would write them, and near misses.
hundred_rules() {
	(cd $RULES && mkdir $(seq -w 1 100))
	for n in $(seq -w 1 4 100); do
		echo "modalias=pci:v000015B3d0000${n#0}1E*" >$RULES/$n/match
	done
	for n in $(seq -w 2 4 100); do
		echo "address=0001:${n#0}:*" >$RULES/$n/match
	done
	for n in $(seq -w 3 4 100); do
		echo "physfn=0001:${n#0}:00.0" >$RULES/$n/match
	done
	for n in $(seq -w 4 4 100); do
		echo "modalias=pci:v00008086d00001${n}sv*" >$RULES/$n/match
	done
	for n in $(seq -w 1 100); do
		echo 1 >$RULES/$n/active
	done
}

unused() {
	modprobe driver_flavour
	play_all unused
	rmmod driver_flavour
}

rules() {
	modprobe driver_flavour
	hundred_rules
	play_all rules
	(cd $RULES && rmdir $(seq -w 1 100))
	rmmod driver_flavour
}

without() {
	play_all without
}

# Each series gets its rounds' runs one after the other.
play_all() { # unused | rules | without
	for w in edu.add nic.add edu.bind nic.bind; do
		case $w in
		*.bind) /sbin/insmod "$lab_ours/test_native_fail.ko" && modprobe e1000e ;;
		esac
		play $RUNS "$w" | sed "s/^runs /&$1./"
		case $w in
		*.bind) rmmod test_native_fail && rmmod e1000e ;;
		esac
	done
}

rmmod driver_flavour 2>/dev/null || true
qmp_plug edu bench hp1
add_way edu.add "$PORT1_DEV" $EDU_PORT
add_way nic.add $NIC_B $NIC_PORT
bind_way edu.bind "$PORT1_DEV" test_native_fail
bind_way nic.bind $NIC_B e1000e

WARM_UP=4
for round in $(seq $ROUNDS); do
	say "add: round $round of $ROUNDS"
	case $((round % 3)) in
	0) without && unused && rules ;;
	1) unused && rules && without ;;
	2) rules && without && unused ;;
	esac
done

section "The module is loaded, and another device comes"
row "unused: add a device (edu)" unused.edu.add "module not loaded" without.edu.add 1.01
row "unused: add a device (e1000e)" unused.nic.add "module not loaded" without.nic.add 1.01
row "unused: bind a native driver (edu)" unused.edu.bind "module not loaded" without.edu.bind 1.01
row "unused: bind a native driver (e1000e)" unused.nic.bind "module not loaded" without.nic.bind 1.01
row "100 rules: add a device (edu)" rules.edu.add "module not loaded" without.edu.add 1.02
row "100 rules: add a device (e1000e)" rules.nic.add "module not loaded" without.nic.add 1.02
row "100 rules: bind a native driver (edu)" rules.edu.bind "module not loaded" without.edu.bind
row "100 rules: bind a native driver (e1000e)" rules.nic.bind "module not loaded" without.nic.bind
note "edu's driver here is one that does nothing, and its bind takes 40 µs: a hundredth of that is 400 instructions. The" \
	"module's notifier is told of each bind, and looks whether the driver is a VFIO one, whether the device has a" \
	"flavour, and whether the driver lists the device."
