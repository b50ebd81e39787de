# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Without an IOMMU, flavourctl says so, and changes nothing.
# boot: -n
# stock only: the kernel module refuses, and has no more to do
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"

doctor_says_so() {
	ctl 1 doctor
	says "bad   iommu"
	says intel_iommu=on
	ctl 1 doctor -q
	assert_eq "$(grep -c '^ok' $lab_run/ctl.out)" 0
}

claim_is_refused() {
	bind_native $NIC_A e1000e
	untouched 1 $NIC_A set vfio $NIC_A
	complains "$NIC_A is in no IOMMU group"
	ctl 0 explain $NIC_A
	says intel_iommu=on
	ctl 0 groups
	complains "There are no IOMMU groups"
}

none_needs_no_iommu() {
	ctl 0 set none $NIC_A
	is $NIC_A -
	ctl 0 reset $NIC_A
	is $NIC_A e1000e
}

t "doctor says what is wrong, and exits with 1" doctor_says_so
t "a claim is refused, with what to do" claim_is_refused
t "none works all the same" none_needs_no_iommu
t "the kernel module is not there" without_module
t "so by driver_override: a claim is refused" claim_is_refused
t "and none works" none_needs_no_iommu
