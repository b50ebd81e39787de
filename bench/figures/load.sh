# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavour-load and modprobe, from the start to the end of the program, when both
# load the same single module; what it depends on is loaded.
. "$LAB_TOP/bench/guest.sh"

RUNS=20

loading() { # NAME MODULE COMMAND…
	loading_name=$1 loading_module=$2
	shift 2
	way "$loading_name" <<-END
		start
		spawn $*
		stop
		wait /sys/module/$loading_module/initstate
		spawn /sbin/rmmod $loading_module
		gone /sys/module/$loading_module
	END
}

say "load: $RUNS runs of each"
rmmod driver_flavour 2>/dev/null || true
modprobe vfio-pci && rmmod vfio_pci
modprobe vfio_pci_core
install_modules test_exact_vfio_pci
generic=vfio_$(modalias_of $IVSHMEM)
variant=vfio_$(modalias_of $EDU)
warm "$flavour_load" -q -- "$generic"
warm /sbin/modprobe -q -- "$generic"
rmmod vfio_pci

loading generic.ours vfio_pci "$flavour_load -q -- $generic"
loading generic.theirs vfio_pci "/sbin/modprobe -q -- $generic"
loading variant.ours test_exact_vfio_pci "$flavour_load -q -- $variant"
loading variant.theirs test_exact_vfio_pci "/sbin/modprobe -q test_exact_vfio_pci"
play $RUNS generic.ours generic.theirs variant.ours variant.theirs

section "One module, by flavour-load"
row "flavour-load, no variant" generic.ours "modprobe ALIAS" generic.theirs 2
row "flavour-load, a variant" variant.ours "modprobe NAME" variant.theirs 2
