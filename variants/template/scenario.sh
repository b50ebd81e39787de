# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# template_vfio_pci gets its devices, 1234:7e57, and no others.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

VARIANT=template_vfio_pci
ID=1234:7e57

# Ours, ours without what the driver needs, and another maker's.
simulated() {
	install_modules $VARIANT
	assert insmod "$(module_path test_sim)"
	cat >$SIM/plan <<-END
	id=$ID class=088000 bar=16K pm flr
	id=$ID class=088000
	id=1b36:ffff class=088000 bar=16K
	END
	sim_plug hp1
}

its_own() {
	assert set_flavour "$(sim_dev hp1 0)" vfio
	is "$(sim_dev hp1 0)" $VARIANT vfio $VARIANT
}

steps_back() {
	assert set_flavour "$(sim_dev hp1 1)" vfio
	is "$(sim_dev hp1 1)" vfio-pci vfio vfio-pci
}

not_the_others() {
	assert set_flavour "$(sim_dev hp1 2)" vfio
	is "$(sim_dev hp1 2)" vfio-pci vfio vfio-pci
}

# Twice: what the first user left must not be in the way of the second.
usable() {
	for _ in 1 2; do
		assert vfio-info "$(sim_dev hp1 0)" >$lab_run/info
		assert grep -q "^device $(sim_dev hp1 0) $ID " $lab_run/info
		assert grep -q "^region 0 bar0 size 16384" $lab_run/info
	done
}

given_back() {
	assert set_flavour "$(sim_dev hp1 0)" none
	is "$(sim_dev hp1 0)" - none none
	assert set_flavour "$(sim_dev hp1 0)" vfio
	is "$(sim_dev hp1 0)" $VARIANT vfio $VARIANT
}

unplugged() {
	sim_unplug hp1
	assert rmmod $VARIANT
}

t "functions with the ID, and without, are there" simulated
t "its own device is the variant's" its_own
t "where it steps back, vfio-pci is next" steps_back
t "other devices are not its" not_the_others
t "a VFIO program can use it, and another one after that" usable
t "it can be given back, and taken again" given_back
t "it can be unplugged, and the module goes" unplugged
