# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk changes hands, from the kernel to a VFIO program and back, with its data.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

# block DISK MEGABYTE: how often each byte occurs in 64 KiB
block() {
	dd if="$1" bs=64k skip=$(($2 * 16)) count=1 2>/dev/null | od -An -v -tx1 -w1 | sort | uniq -c |
		tr -s ' '
}

# fill DISK MEGABYTE BYTE: 64 KiB
fill() {
	dd if=/dev/zero bs=64k count=1 2>/dev/null | tr '\0' "$3" |
		dd of="$1" bs=64k seek=$(($2 * 16)) conv=fsync 2>/dev/null
}

kernel_writes() {
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	fill "$disk" 1 k
	fill "$disk" 2 k
	disk_fill $NVME2 kernel
	fill "$disk" 5 k
	sum=$(disk_sum $NVME2)
}

client_reads() {
	assert set_flavour $NVME2 vfio
	is $NVME2 vfio-pci vfio vfio-pci
	assert [ ! -e "$disk" ]
	nvme_client $NVME2 "read -P 0x6b 5M 64k"
}

client_writes() {
	nvme_client $NVME2 "write -P 0x63 6M 64k"
}

kernel_reads() {
	assert set_flavour $NVME2 native
	is $NVME2 nvme native "(null)"
	disk=$(disk_of $NVME2)
	assert_eq "$(block "$disk" 5)" " 65536 6b"
	assert_eq "$(block "$disk" 6)" " 65536 63"
	assert_eq "$(disk_sum $NVME2)" "$sum"
}

none_in_between() {
	for word in none vfio none native; do
		assert set_flavour $NVME2 $word
	done
	is $NVME2 nvme native "(null)"
	disk=$(disk_of $NVME2)
	assert_eq "$(block "$disk" 6)" " 65536 63"
	assert_eq "$(disk_sum $NVME2)" "$sum"
}

t "the kernel's nvme writes" kernel_writes
t "a VFIO program reads that from the claimed controller" client_reads
t "and writes to it" client_writes
t "given back, the kernel reads both" kernel_reads
t "every other way to change hands keeps the data too" none_in_between
