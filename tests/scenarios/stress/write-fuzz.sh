# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1800
# Made-up text to every file that takes any: a documented answer, and no splat.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

# A million by `make fuzz-writes`; LAB_FUZZ=SEED to see one again.
count=${LAB_FUZZ_COUNT:-50000}
seed=${LAB_FUZZ:-$(date +%s)}

rule_files() {
	for name in a b c; do
		mkdir $RULES/$name
		echo $RULES/$name/match $RULES/$name/flavour $RULES/$name/active
	done
}

fuzz() {
	echo "seed $seed"
	modprobe vfio-pci
	install_modules test_exact_vfio_pci
	modprobe test_exact_vfio_pci
	# The loader is another scenario's business, and takes its time.
	param loader /bin/true
	# shellcheck disable=SC2046 # lists
	write-fuzz "$seed" "$count" $(rule_files) \
		$(for dev in $EDU $EDU2 $IVSHMEM $BRIDGE $NIC_A; do
			sysfs "$dev" driver_flavour
			sysfs "$dev" driver_override
		done) >$lab_run/fuzz
	status=$?
	cat $lab_run/fuzz
	sed 's/^/lab: fuzz: /' $lab_run/fuzz >/dev/kmsg
	awk '$3 == "writes:" { print $2, "bad input: made-up text to", $1 }' $lab_run/fuzz >>$lab_run/counts
	return $status
}

# The rules that it made meet devices.
rules_apply() {
	for name in a b c; do
		echo 1 >$RULES/$name/active
	done
	for dev in $EDU $EDU2; do
		echo 1 >"$(sysfs $dev remove)"
	done
	assert sysfs-write /sys/bus/pci/rescan 1
	for dev in $EDU $EDU2; do
		wait_for "[ -e '$(sysfs $dev driver_flavour)' ]"
	done
	rmdir $RULES/*
}

still_works() {
	for dev in $EDU $EDU2 $IVSHMEM; do
		echo >"$(sysfs "$dev" driver_override)"
		assert set_flavour "$dev" native
		is_native "$dev"
		assert set_flavour "$dev" vfio
		assert set_flavour "$dev" native
	done
}

t "$count writes of made-up text" fuzz
t "rules made of it meet devices" rules_apply
t "every device can still be claimed and given back" still_works
