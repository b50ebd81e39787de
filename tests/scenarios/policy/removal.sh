# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: in `make check-debug` it would take too long; by its name it runs there
# Before the package goes, what the policy took is given back, and the rest is named.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/policy.sh"

# By two rules; one of them in use, one that driverctl has as well, one without a rule.
claimed() {
	policy "vfio id=1234:11e8" "none address=$TESTDEV" "vfio address=$IVSHMEM"
	ctl 0 apply
	ctl 0 set vfio $IVSHMEM2
	mkdir -p /etc/driverctl.d
	echo vfio-pci >/etc/driverctl.d/$IVSHMEM
	hold $EDU
}

release() {
	sed "s,^ctl=.*,ctl=flavourctl," "$LAB_TOP/build/user/system/package_release" >$lab_run/release
	assert sh $lab_run/release >$lab_run/ctl.out 2>$lab_run/ctl.err </dev/null
	cat $lab_run/ctl.out $lab_run/ctl.err
}

given_back() {
	for d in $EDU2 $TESTDEV; do
		is $d -
		assert_eq "$(override_of $d)" "(null)" "the override of $d"
	done
}

left_alone() {
	is $EDU vfio-pci
	complains "is open in process $holder (vfio-hold)"
	complains "$EDU stays vfio (driver vfio-pci, driver_override vfio-pci) until the next boot"
	is $IVSHMEM vfio-pci
	complains "$IVSHMEM stays vfio (driver vfio-pci, driver_override vfio-pci) at each boot, by /etc/driverctl.d"
	is $IVSHMEM2 vfio-pci
	complains "$IVSHMEM2 stays vfio (driver vfio-pci, driver_override vfio-pci) until the next boot"
	assert_eq "$(grep -c stays $lab_run/ctl.err)" 3
}

let_go() {
	kill $holder
	wait $holder
	rm /etc/driverctl.d/$IVSHMEM
	for d in $EDU $IVSHMEM $IVSHMEM2; do
		ctl 0 reset -q $d
	done
}

with_the_module() {
	claimed
	rule 10-mine none "address=0000:ff:*"
	release
	given_back
	left_alone
	assert_eq "$(ls $RULES)" 10-mine
	rmdir $RULES/10-mine
	let_go
}

without_it() {
	without_module
	claimed
	release
	given_back
	left_alone
	let_go
}

# As on a machine where nothing was ever claimed, and where the command does not run.
nothing_to_do() {
	policy
	release
	assert_eq "$(cat $lab_run/ctl.out $lab_run/ctl.err)" ""
	sed -i "s,^ctl=.*,ctl=false," $lab_run/release
	assert sh $lab_run/release
}

t "the policy's devices and rules go; others stay, and are named" with_the_module
t "so it is without the kernel module" without_it
t "nothing to do is nothing to say" nothing_to_do
