# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What 1000 rules cost when they are applied to 100 devices, for which none is.
. "$LAB_TOP/bench/guest.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

RUNS=5
flavourctl=$LAB_TOP/build/user/flavourctl/flavourctl
policy=/etc/driver-flavour.d

# From memory, as on a machine that boots from a disk of its own (guest.sh).
touch -c "$flavourctl" $(ldd "$flavourctl" | sed -n 's|^[^/]*\(/[^ ]*\) .*|\1|p')

thousand_rules() {
	mkdir -p $policy
	awk 'BEGIN {
		for (i = 1; i <= 400; i++) printf "none id=10de:%04x\n", i
		for (i = 1; i <= 300; i++) printf "vfio address=0001:%02x:00.0\n", i % 256
		for (i = 1; i <= 200; i++) printf "vfio modalias=pci:v000015B3d%08X*\n", i
		for (i = 1; i <= 100; i++) printf "none class=0b%02x id=15b3:*\n", i
	}' >$policy/50-bench.conf
}

way first <<END
	start
	spawn $flavourctl apply -q
	stop
	spawn /bin/mv $policy /etc/driver-flavour.away
	spawn $flavourctl apply -q
	spawn /bin/mv /etc/driver-flavour.away $policy
END
way again <<END
	spawn $flavourctl apply -q
	start
	spawn $flavourctl apply -q
	stop
END
way nothing <<END
	spawn /bin/mv $policy /etc/driver-flavour.away
	spawn $flavourctl apply -q
	start
	spawn $flavourctl apply -q
	stop
	spawn /bin/mv /etc/driver-flavour.away $policy
END

install_modules test_sim
modprobe test_sim
echo "id=15b3:101e class=020000 bar=4K n=100" >$SIM/plan
sim_plug hp3
modprobe driver_flavour
thousand_rules
say "policy: 1000 rules, 100 devices, $RUNS runs of each"
play $RUNS first again nothing
rm -r $policy
$flavourctl apply -q
section "The policy"
row "apply 1000 rules to 100 devices" first "no policy" nothing
row "  again, with nothing to change" again "no policy" nothing
