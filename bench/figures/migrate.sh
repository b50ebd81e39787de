# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -s 64M
# clock: none
# Live migration of ivshmem: its RAM through read() and write() of the state, against
# memcpy() through a mapping; and what is left to send once the device is stopped.
. "$LAB_TOP/bench/guest.sh"

say "migrate: loading modules"
modprobe driver_flavour
modprobe vfio-pci
/sbin/insmod "$lab_ours/ivshmem_vfio_pci.ko"
for dev in $IVSHMEM $IVSHMEM2; do
	echo vfio >"$devices/$dev/driver_flavour"
	[ "$(driver_of "$dev")" = ivshmem_vfio_pci ]
done

vfio-migrate info $IVSHMEM >"$lab_run/flags"
say "migrate: 64 MiB from one device to another"
vfio-migrate speed $IVSHMEM $IVSHMEM2

# At least 70 % of its speed is at most 1.43 of its time.
fast() { # TITLE OURS AGAINST
	row "$1" "migrate.$2" "memcpy() of the same BAR" "migrate.$3" 1.43
}
section "Live migration"
fast "save 64 MiB of a device's RAM" save memcpy_from
fast "load it" load memcpy_to

for percent in 1 10 100; do
	grep -q pre-copy "$lab_run/flags" || break
	echo "row${tab}sent while stopped, $percent % of pages written${tab}migrate.stopped_$percent${tab}what was written${tab}migrate.written_$percent${tab}1.02${tab}bytes"
done
