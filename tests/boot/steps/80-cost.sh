# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a policy of 1000 rules and 100 devices costs at boot.

. "$LAB_TOP/tests/boot/guest/lib.sh"
. "$LAB_DIR/scenarios/lib/sim.sh"

all_claimed() {
	n=0
	while [ $n -lt 100 ]; do
		flavour_is "$(sim_dev hp1 $n)" vfio vfio-pci || return
		n=$((n + 1))
	done
	assert_eq "$(find /sys/kernel/config/driver_flavour/pci -mindepth 1 | grep -c "/match$")" 1000
}

ms() { # UNIT: how long its program ran
	echo $((($(unit_property "$1" ExecMainExitTimestampMonotonic) - $(unit_property "$1" ExecMainStartTimestampMonotonic)) / 1000))
}

cost() {
	cost=$(ms driver-flavour.service)
	assert [ "$cost" -gt 0 ]
}

t "all 100 are claimed, and there are 1000 rules" all_claimed
t "no unit failed" nothing_failed
t "what it cost is known" cost
echo "figure: the policy (1000 rules, 100 devices to claim) took $cost ms of a boot of $(systemd-analyze time | sed -n 's/.*= //p')"
systemd-analyze blame | sed -n 's/^ *\(.*\) driver-flavour.service/figure: systemd-analyze blame: \1/p'
