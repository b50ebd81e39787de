# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a policy of 1000 rules and 100 devices costs at boot.

. "$LAB_TOP/tests/boot/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

all_claimed() {
	n=0
	while [ $n -lt 100 ]; do
		flavour_is "$(sim_dev hp1 $n)" vfio vfio-pci || return
		n=$((n + 1))
	done
	assert_eq "$(find /sys/kernel/config/driver_flavour/pci -mindepth 1 | grep -c "/match$")" 1000
}

unit=driver-flavour.service

cost() {
	wall=$((($(unit_property $unit ExecMainExitTimestampMonotonic) - $(unit_property $unit ExecMainStartTimestampMonotonic)) / 1000))
	cpu=$(($(unit_property $unit CPUUsageNSec) / 1000000))
	assert [ "$cpu" -gt 0 ]
	assert [ "$wall" -ge "$cpu" ]
}

t "all 100 are claimed, and there are 1000 rules" all_claimed
t "no unit failed" nothing_failed
t "what it cost is known" cost
echo "figure: policy of 1000 rules, 100 devices claimed: $cpu ms of CPU time, $wall ms beside the other units," \
	"of a boot of $(systemd-analyze time | sed -n 's/.*= //p')"
