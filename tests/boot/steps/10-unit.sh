# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The policy is applied by the unit, before udev loads native drivers.

. "$LAB_TOP/tests/boot/guest/lib.sh"

loads_nothing_else() {
	assert_eq "$(vfio_modules | tr '\n' ' ')" "$(vfio_modules | grep -E '^vfio(|_iommu_type1|_pci|_pci_core|_virqfd)$' | tr '\n' ' ')"
}

command_works() {
	flavourctl doctor || true
	flavourctl list | grep -q "$NIC_A" || fail "flavourctl does not list $NIC_A"
}

t "the module is DKMS's, and loads by flavour-load" module_is_ours
t "the devices have the policy's flavours" policy_holds
t "before udev, and before e1000e was loaded" unit_came_first
t "no unit failed" nothing_failed
t "only VFIO's own modules are loaded" loads_nothing_else
t "flavourctl works" command_works
