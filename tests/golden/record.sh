# shellcheck shell=sh disable=SC1091,SC2086,SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record.sh: what `record` runs in the lab; SHAPE says which machine to make.
. "$LAB_DIR/guest/lib.sh"

multi() {
	install_modules test_narrow_vfio_pci test_nic_vfio_pci test_class_vfio_pci
	modprobe driver_flavour
	for m in nvme e1000e ahci i2c-i801 lpc_ich; do
		modprobe $m
	done
	wait_for "[ -b /dev/\$(block_dev_of $NVME2) ]"
	echo vfio >"$(flavour_file $NIC_A)"
	echo vfio >"$(flavour_file $SMBUS)"
	echo none >"$(flavour_file $EDU2)"
}

sriov() {
	modprobe nvme
	wait_for "[ -b /dev/\$(block_dev_of $NVME | sed 's/c[0-9]*n/n/') ]"
	echo 0 >"$(sysfs $NVME sriov_drivers_autoprobe)"
	echo 4 >"$(sysfs $NVME sriov_numvfs)"
	modprobe vfio-pci
	for n in 0 1; do
		vf=$(vf_of $NVME $n)
		echo vfio-pci >"$(sysfs "$vf" driver_override)"
		echo "$vf" >/sys/bus/pci/drivers/vfio-pci/bind
	done
	echo none >"$(sysfs "$(vf_of $NVME 2)" driver_override)"
	echo vfio-pci >"$(sysfs $EDU driver_override)"
}

# A switch, and a bridge to conventional PCI whose devices share a group.
bridges() {
	modprobe e1000e
	modprobe e1000 2>/dev/null
}

${SHAPE:-multi} >/dev/null 2>&1
echo "# tree begins"
python3 "$LAB_TOP/tests/golden/tree.py" record
echo "# tree ends"
trap - EXIT
