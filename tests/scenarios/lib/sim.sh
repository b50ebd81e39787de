# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sim.sh: functions that tests/modules/sim puts behind a hot-plug port.

SIM=/sys/kernel/debug/test_sim

# sim_plug PORT: what was written to $SIM/plan, behind hp1 … hp4.
sim_plug() {
	sim_port "$1" >$SIM/plug
}

sim_unplug() {
	sim_port "$1" >$SIM/unplug
}

# sim_port PORT: the address of the port itself.
sim_port() {
	echo "0000:00:1$((${1#hp} - 1)).0"
}

# sim_dev PORT N: the address of its function N; on its bus, N counts through
# slots and functions, for ARI knows no slots.
sim_dev() {
	printf '0000:%02x:%02x.%x\n' $((${1#hp} + 3)) $(($2 / 8)) $(($2 % 8))
}
