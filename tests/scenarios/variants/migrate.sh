# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A device with a driver that can migrate: claimed, moved to its twin and to
# others, and never to be had half loaded.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/migrate.sh"

gets_the_variant() {
	assert set_flavour $IVSHMEM vfio
	is $IVSHMEM ivshmem_vfio_pci vfio ivshmem_vfio_pci
	assert set_flavour $IVSHMEM2 vfio
	is $IVSHMEM2 ivshmem_vfio_pci vfio ivshmem_vfio_pci
	assert vfio-migrate info $IVSHMEM
}

# What else can be done with a device, this driver can do too.
is_usable() {
	assert vfio-info $IVSHMEM
	assert vfio-migrate move $IVSHMEM $IVSHMEM2
	assert vfio-migrate move $IVSHMEM2 $IVSHMEM
}

# Behind ports, so that PCI can reset them, and with so little RAM that bytes will do.
small_ones() {
	plug_ivshmem small-a 4096 $PORT1
	plug_ivshmem small-b 4096 $PORT2
	claim_migrating $PORT1_DEV $PORT2_DEV
	assert vfio-migrate move $PORT1_DEV $PORT2_DEV 1
	assert vfio-migrate bad-few $PORT1_DEV $PORT2_DEV
}

# It says so, and the next user finds a device that runs.
does_not_fit() {
	claim_migrating $IVSHMEM $PORT1_DEV
	log_mark
	assert not vfio-migrate move $IVSHMEM $PORT1_DEV
	log_since | grep -q "$PORT1_DEV: migration stream refused" || fail "no line in the log"
	assert vfio-migrate info $PORT1_DEV
	assert unplug_ivshmem small-a
	assert unplug_ivshmem small-b
}

is_given_back() {
	for d in $IVSHMEM $IVSHMEM2; do
		assert set_flavour "$d" native
		is_native "$d"
	done
}

install_modules ivshmem_vfio_pci
t "ivshmem gets the variant, not vfio-pci" gets_the_variant
t "it moves to its twin, and back" is_usable
t "in pieces of any size" assert vfio-migrate move $IVSHMEM $IVSHMEM2 4097
t "every arc of the state machine is as the kernel's table has it" assert vfio-migrate arcs $IVSHMEM
t "a bad stream is refused, and a reset leaves nothing of it" \
	assert vfio-migrate bad $IVSHMEM $IVSHMEM2
t "with RAM of another size, and a reset by PCI" small_ones
t "a state that does not fit the device is refused" does_not_fit
t "transfers, resets and the guest race" assert vfio-migrate races $IVSHMEM 2
t "the devices are given back" is_given_back
