# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# weight: 2
# The functions of real machines, simulated: each gets the driver that it should.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

table=$LAB_TOP/tests/modules/sim/machines.table

# The table's rows, one for each function: the driver that it is to get.
wanted() {
	sed 's/#.*//; /^[[:space:]]*$/d' "$table" | awk '
		{ n = 1; for (i = 2; i <= NF; i++) if (sub(/^n=/, "", $i)) n = $i
		  while (n--) print $1 }'
}

functions_on() { # BUS: how many
	find /sys/bus/pci/devices -name "0000:$1:*" | wc -l
}

plug_machines() {
	assert insmod "$(module_path test_sim)"
	sed 's/#.*//; s/^[^ ]*//' "$table" >$SIM/plan
	sim_plug hp1
	total=$(wanted | wc -l)
	assert_eq "$(functions_on 04)" "$total" functions
	assert_eq "$(cat /sys/bus/pci/devices/0000:04:*/driver_flavour | sort | uniq -c | tr -s ' ')" \
		" $total native"
}

own_groups() {
	groups=$(for d in /sys/bus/pci/devices/0000:04:*; do readlink "$d/iommu_group"; done | sort -u)
	assert_eq "$(echo "$groups" | grep -c .)" "$total" "IOMMU groups"
}

as_described() {
	assert_eq "$(modalias_of "$(sim_dev hp1 0)")" \
		pci:v000015B3d0000101Dsv000015B3sd00000016bc02sc00i00
	last=$(modalias_of "$(sim_dev hp1 $((total - 1)))")
	assert_eq "$last" pci:v000010ECd00008168sv00001043sd00008554bc02sc00i00
}

claim_all() {
	install_modules sim_variants && assert modprobe sim_variants
	n=0
	wanted >$lab_run/wanted
	while read -r want; do
		dev=$(sim_dev hp1 $n)
		if [ "$want" = EINVAL ]; then
			refused "$dev" vfio EINVAL
		else
			set_flavour "$dev" vfio || fail "$dev can't be claimed"
			is "$dev" "$want" vfio "$want"
		fi
		n=$((n + 1))
	done <$lab_run/wanted
}

# Real native drivers are not for what is made up: none is loaded.
release_all() {
	loader=/sys/module/driver_flavour/parameters/loader
	was=$(cat $loader)
	echo /bin/true >$loader
	n=0
	while [ $n -lt "$total" ]; do
		dev=$(sim_dev hp1 $n)
		set_flavour "$dev" native || fail "$dev can't be released"
		is_native "$dev"
		n=$((n + 1))
	done
	echo "$was" >$loader
}

unplugged() {
	set_flavour "$(sim_dev hp1 1)" vfio
	sim_unplug hp1
	assert_eq "$(functions_on 04)" 0
}

dumped() {
	cat >$SIM/plan <<-END
	3b:00.2 Ethernet controller: Mellanox Technologies ConnectX Family mlx5Gen Virtual Function
	00: b3 15 1e 10 00 00 10 00 00 00 00 02 00 00 80 00
	10: 0c 00 00 f8 00 00 00 00 00 00 00 00 00 00 00 00
	20: 00 00 00 00 00 00 00 00 00 00 00 00 b3 15 16 00
	30: 00 00 00 00 60 00 00 00 00 00 00 00 00 00 00 00
	60: 10 9c 02 00 e2 8f 00 10 00 00 00 00 00 00 00 00
	9c: 11 00 0b 80 00 20 00 00 00 30 00 00 00 00 00 00

	0000:3b:00.3 Processing accelerators
	00: 86 80 41 49 00 00 10 00 40 00 40 0b 00 00 00 00
	20: 00 00 00 00 00 00 00 00 00 00 00 00 86 80 00 00
	END
	sim_plug hp2
	assert_eq "$(modalias_of "$(sim_dev hp2 0)")" \
		pci:v000015B3d0000101Esv000015B3sd00000016bc02sc00i00
	assert_eq "$(modalias_of "$(sim_dev hp2 1)")" \
		pci:v00008086d00004941sv00008086sd00000000bc0Bsc40i00
	assert set_flavour "$(sim_dev hp2 0)" vfio
	is "$(sim_dev hp2 0)" mlx5_vfio_pci vfio mlx5_vfio_pci
	sim_unplug hp2
}

nonsense() {
	for line in "id=15b3" "id=1:2 what" "class=020000" "id=1:2 n=257" "00: zz" "10: 00" "id=1:2 bar=3"; do
		echo "$line" >$SIM/plan
		assert not sim_plug hp2
	done
	assert_eq "$(functions_on 05)" 0
}

full_port() {
	echo "id=1d0f:ec20 class=020000 n=256" >$SIM/plan
	sim_plug hp2
	assert_eq "$(functions_on 05)" 256
	set_flavour "$(sim_dev hp2 255)" vfio || fail "the last one can't be claimed"
	is "$(sim_dev hp2 255)" vfio-pci vfio vfio-pci
	assert_eq "$(cat /sys/bus/pci/devices/0000:05:*/driver_flavour | grep -c native)" 255
	sim_unplug hp2
}

# Removing the module takes its functions away, claimed or not.
module_goes() {
	echo "id=8086:4941 class=0b4000 pm flr n=4" >$SIM/plan
	sim_plug hp3
	assert set_flavour "$(sim_dev hp3 2)" vfio
	rmmod test_sim
	assert_eq "$(functions_on 06)" 0
}

t "the functions of real machines appear" plug_machines
t "each in an IOMMU group of its own" own_groups
t "with the IDs that were described" as_described
t "each is claimed by the driver that lists it" claim_all
t "and given back" release_all
t "a claimed one is unplugged with its port" unplugged
t "dumps of lspci become functions" dumped
t "nonsense is refused" nonsense
t "a port takes 256 functions" full_port
t "without the module there are none" module_goes
