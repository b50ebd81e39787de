# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo: what the module does, on one screen.  `make demo` runs it in the lab.  It checks
# everything that it prints, and fails if something is not so.

. "$LAB_DIR/guest/devices.sh"
. "$LAB_DIR/guest/modules.sh"
. "$LAB_DIR/guest/pci.sh"

devices=/sys/bus/pci/devices

fail() {
	echo "demo: $*"
	exit 1
}

# must COMMAND…: it returns 0.
must() {
	"$@" || fail "this is not so: $*"
}

# shown COMMAND: as one would type it; its output is indented.
shown() {
	echo "\$ $1"
	eval "$1" >/tmp/shown 2>&1 || fail "that failed: $(cat /tmp/shown)"
	sed 's/^/    /' /tmp/shown
}

# client COMMAND: QEMU's NVMe driver, a program.  In this emulated machine it may
# miss an interrupt, whoever bound the device: then again.
client() {
	for _ in $(seq 16); do
		/usr/bin/timeout --foreground 4 qemu-io -f raw -c "$1" "nvme://$NVME2/1" \
			>/tmp/client 2>&1 </dev/null && return
	done
	fail "qemu-io: $(cat /tmp/client)"
}

shown_client() {
	echo "\$ qemu-io -f raw -c '$1' nvme://$NVME2/1"
	client "$1"
	sed -n 's/^0\{8\}/    &/p' /tmp/client
}

wait_for_disk() {
	for _ in $(seq 100); do
		[ -b "/dev/$(block_dev_of "$NVME2")" ] && return
		usleep 50000
	done
	fail "the kernel's nvme has no disk"
}

bytes_of() { # /proc/modules: that are in the second and not in the first
	awk 'NR == FNR { old[$1]; next } !($1 in old) { n++; bytes += $2; names = names " " $1 }
		END { printf "    %d modules came, %d bytes:%s\n", n, bytes, names }' "$@"
}

claimed() { # DEV DRIVER
	must [ "$(driver_of "$1")" = "$2" ]
	must [ "$(flavour_of "$1")" = vfio ]
	must [ -c "/dev/vfio/$(iommu_group_of "$1")" ]
	must [ -e "$devices/$1/vfio-dev/$(vfio_dev_of "$1")" ]
}

shown_claim() { # DEV DRIVER
	shown "echo vfio > $devices/$1/driver_flavour"
	claimed "$1" "$2"
	echo "    bound to $(driver_of "$1")"
}

a_disk() {
	only_native
	disk=/dev/$(block_dev_of "$NVME2")
	echo "Linux $(uname -r). No vfio module is loaded, and the kernel's nvme has a disk."
	shown "echo 'Hello from Linux' > $disk"
}

only_native() {
	must install_modules driver_flavour
	must modprobe driver_flavour
	must modprobe nvme
	wait_for_disk
	must [ -z "$(vfio_modules)" ]
	must [ "$(flavour_of "$NVME2") $(driver_of "$NVME2")" = "native nvme" ]
}

one_write() {
	echo "One write binds it to VFIO:"
	cat /proc/modules >/tmp/before
	shown_claim "$NVME2" vfio-pci
	bytes_of /tmp/before /proc/modules
	must loaded vfio_pci
	must [ ! -e "$disk" ]
	shown "ls -d $devices/$NVME2/vfio-dev/vfio* /dev/vfio/$(iommu_group_of "$NVME2")"
}

user_space() {
	echo "QEMU's NVMe driver, a program in user space, reads that text, and writes another:"
	shown_client "read -v 0 512"
	must grep -q "Hello.from.Linux" /tmp/client
	echo "Hello from QEMU." >/tmp/text
	shown_client "write -s /tmp/text 0 512"
	must grep -q "wrote 512/512" /tmp/client
}

and_back() {
	shown "echo native > $devices/$NVME2/driver_flavour"
	wait_for_disk
	must [ "$(flavour_of "$NVME2") $(driver_of "$NVME2")" = "native nvme" ]
	must [ "$(vfio_dev_of "$NVME2")" = - ]
	shown "head -n 1 $disk"
	must [ "$(cat /tmp/shown)" = "$(cat /tmp/text)" ]
}

a_variant() {
	must install_modules test_exact_vfio_pci
	must not_loaded test_exact_vfio_pci
	echo "A device that has a variant is bound to it, any other device to vfio-pci:"
	shown "modinfo -F alias test_exact_vfio_pci"
	shown_claim "$EDU" test_exact_vfio_pci
	shown_claim "$IVSHMEM" vfio-pci
}

a_migration() {
	must install_modules ivshmem_vfio_pci
	must modprobe ivshmem_vfio_pci
	for dev in $IVSHMEM $IVSHMEM2; do
		echo native >"$devices/$dev/driver_flavour"
		echo vfio >"$devices/$dev/driver_flavour"
		claimed "$dev" ivshmem_vfio_pci
	done
	vfio_migrate=build/tools/vfio-migrate verb=move
	! $vfio_migrate info "$IVSHMEM" | grep -q pre-copy || verb=precopy
	echo "The variant for ivshmem migrates its state to another device while it is in use:"
	shown "$vfio_migrate $verb $IVSHMEM $IVSHMEM2"
}

not_loaded() {
	! loaded "$1"
}

a_disk
one_write
user_space
and_back
a_variant
a_migration
