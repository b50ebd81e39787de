# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -c 4 -m 2G
# Claim 16, 64 and 256 functions, each of its own group, whose binds sleep.
. "$LAB_TOP/bench/guest.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

NATIVE=test_native_d3

addresses() { # N
	n=0
	while [ $n -lt "$1" ]; do
		sim_dev hp1 $n
		n=$((n + 1))
	done
}

# each N FORMAT: printed with each address twice.
each() {
	for dev in $(addresses "$1"); do
		# shellcheck disable=SC2059 # a format
		printf "$2\n" "$dev" "$dev"
	done
}

glob() { # N
	case $1 in
	16) echo '0000:04:0[01].*' ;;
	64) echo '0000:04:0[0-7].*' ;;
	256) echo '0000:04:*' ;;
	esac
}

# way_of NAME N: the steps on stdin claim N of them.
way_of() {
	way "$1" <<-END
		$(each "$2" "bound %s $NATIVE")
		start
		$(cat)
		stop
		$(each "$2" "bound %s vfio-pci")
		spawn $ctl reset -q $(glob "$2")
		sleep 100
	END
}

script loop <<'END'
while read -r dev; do
	echo "$dev" >"/sys/bus/pci/devices/$dev/driver/unbind"
	echo vfio-pci >"/sys/bus/pci/devices/$dev/driver_override"
	echo "$dev" >/sys/bus/pci/drivers_probe
done <"$1"
END
script one <<'END'
echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
echo vfio-pci >"/sys/bus/pci/devices/$1/driver_override"
echo "$1" >/sys/bus/pci/drivers_probe
END
script xargs <<END
exec /usr/bin/xargs -a "\$1" -P 64 -n 1 $lab_run/one
END
script driverctl <<'END'
while read -r dev; do
	driverctl --nosave set-override "$dev" vfio-pci
done <"$1"
END
script driverctl-xargs <<'END'
exec /usr/bin/xargs -a "$1" -P 64 -I '{}' driverctl --nosave set-override '{}' vfio-pci
END

ways_of() { # N
	addresses "$1" >"$lab_run/addresses.$1"
	way_of "$1.ctl" "$1" <<-END
		spawn $ctl set -q vfio $(glob "$1")
	END
	way_of "$1.hand" "$1" <<-END
		$(for dev in $(addresses "$1"); do
			echo "write $devices/$dev/driver/unbind $dev"
			echo "write $devices/$dev/driver_override vfio-pci"
			echo "write $drivers/vfio-pci/bind $dev"
		done)
	END
	way_of "$1.serial" "$1" <<-END
		$(each "$1" "write $devices/%s/driver_flavour vfio")
	END
	for by in loop xargs driverctl driverctl-xargs; do
		way_of "$1.$by" "$1" <<-END
			spawn $lab_run/$by $lab_run/addresses.$1
		END
	done
}

say "many: loading modules, 256 functions"
modprobe driver_flavour
modprobe vfio-pci
/sbin/insmod "$lab_ours/test_sim.ko"
/sbin/insmod "$lab_ours/$NATIVE.ko"
echo "id=1234:d3d3 class=020000 pm flr n=256" >$SIM/plan
sim_plug hp1
addresses 1 >$lab_run/addresses.1
warm "$ctl" set -q vfio "$(glob 16)"
warm "$ctl" reset -q "$(glob 16)"
for by in loop xargs driverctl driverctl-xargs; do
	warm $lab_run/$by $lab_run/addresses.1
	"$ctl" reset -q "$(glob 16)"
done

section "Claim many functions at once"
for n in 16 64 256; do
	ways_of $n
	say "many: $n functions"
	WARM_UP=1 play 4 $n.ctl $n.hand $n.loop $n.xargs
	[ $n != 64 ] || WARM_UP=1 play 4 $n.serial
	say "many: $n functions by driverctl, which takes its time"
	WARM_UP=0 play 1 $n.driverctl $n.driverctl-xargs
done

row "256 functions: flavourctl set vfio" 256.ctl "a loop of bare writes from C" 256.hand 0.35
row "64 functions" 64.ctl "a loop of bare writes from C" 64.hand
row "16 functions" 16.ctl "a loop of bare writes from C" 16.hand
row "64 at once" 64.ctl "64 writes to driver_flavour, in turn" 64.serial 0.25
row "time per device at 256" 256.ctl/256 "at 64" 64.ctl/64 1
row "time per device at 64" 64.ctl/64 "at 16" 16.ctl/16 1
row "256 functions" 256.ctl "a shell loop" 256.loop
row "256 functions" 256.ctl "a shell script, 64 by xargs" 256.xargs
row "256 functions" 256.ctl "driverctl in a loop" 256.driverctl 0.025
row "256 functions" 256.ctl "driverctl, 64 by xargs" 256.driverctl-xargs
note "The functions are simulated (tests/modules/sim), each in an IOMMU group of its own. Their native driver leaves them in" \
	"D3hot, as many do: the PCI core sleeps 10 ms on the way there and 10 ms on the way back. Four CPUs, and a clock" \
	"that counts the instructions of all of them together: sleeps overlap in it, work does not."
plot many "Claim N functions, ms" \
	"flavourctl:16=16.ctl" "flavourctl:64=64.ctl" "flavourctl:256=256.ctl" \
	"bare writes, C:16=16.hand" "bare writes, C:64=64.hand" "bare writes, C:256=256.hand" \
	"shell, xargs:16=16.xargs" "shell, xargs:64=64.xargs" "shell, xargs:256=256.xargs" \
	"driverctl:16=16.driverctl" "driverctl:64=64.driverctl" "driverctl:256=256.driverctl" \
	"driverctl, xargs:16=16.driverctl-xargs" "driverctl, xargs:64=64.driverctl-xargs" \
	"driverctl, xargs:256=256.driverctl-xargs"
