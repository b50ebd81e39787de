# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clock: none
# The modules that one claim loads, as the kernel counts their bytes, when all
# stock modules are there and four of Linux's own variants (bench/variants).
. "$LAB_TOP/bench/guest.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

release=$(uname -r)
VARIANTS="mlx5_vfio_pci virtio_vfio_pci qat_vfio_pci nvgrace_gpu_vfio_pci"

now_loaded() {
	cut -d ' ' -f 1,2 /proc/modules | sort
}

# What was loaded since the mark, a module and its bytes a line; it is unloaded.
mark() {
	now_loaded >$lab_run/before
}

since_mark() {
	now_loaded | comm -13 $lab_run/before - | grep -v '^test_' >"$lab_run/loaded.$1"
	echo "runs $1 $(awk '{ sum += $2 } END { print sum + 0 }' "$lab_run/loaded.$1")"
	echo "say${tab}modules: $1:" $(cut -d ' ' -f 1 "$lab_run/loaded.$1")
}

unload_all() {
	while now_loaded | comm -13 $lab_run/before - | cut -d ' ' -f 1 | grep . >$lab_run/left; do
		# shellcheck disable=SC2046 # a list
		/sbin/rmmod $(cat $lab_run/left) 2>/dev/null || true
		tries=$((${tries:-0} + 1))
		[ "$tries" -lt 50 ] || { cat $lab_run/left && exit 1; }
	done
}

# claimed KEY DEV DRIVER: through driver_flavour, with flavour-load.  "none"
# comes first: the native driver, which comes along with a variant, would try
# to drive a function that has no hardware behind it.
claimed() {
	echo none >"$devices/$2/driver_flavour"
	mark
	echo vfio >"$devices/$2/driver_flavour"
	[ "$(driver_of "$2")" = "$3" ] || { echo "$2 has $(driver_of "$2")" && exit 1; }
	since_mark "$1"
	echo none >"$devices/$2/driver_flavour"
	unload_all
}

loaded_by() { # KEY ARG…: by modprobe
	loaded_key=$1
	shift
	mark
	modprobe "$@"
	since_mark "$loaded_key"
	unload_all
}

say "modules: all stock modules and four variants"
mount --bind "$LAB_TOP/build/bench/variants/lib/modules/$release" "/lib/modules/$release"
insmod "$lab_ours/driver_flavour.ko"
insmod "$lab_ours/test_sim.ko"
echo "$flavour_load -q --" >$flavour_params/loader
echo "id=15b3:101e sub=15b3:0016 class=020000 pm flr" >$SIM/plan
sim_plug hp1
mlx5=$(sim_dev hp1 0)

claimed mlx5.claim "$mlx5" mlx5_vfio_pci
claimed edu.claim $EDU vfio-pci
echo none >"$devices/$mlx5/driver_flavour"
loaded_by mlx5.closure mlx5_vfio_pci
loaded_by edu.closure vfio_pci
loaded_by mlx5.alias "vfio_$(modalias_of "$mlx5")"
loaded_by edu.alias "vfio_$(modalias_of $EDU)"
echo "softdep vfio_pci post: $VARIANTS" >/etc/modprobe.d/all.conf
loaded_by softdep vfio-pci
rm /etc/modprobe.d/all.conf

section "Modules loaded for one claim"
unit=bytes
row "a ConnectX VF, which has a variant" mlx5.claim "mlx5_vfio_pci and what it needs" mlx5.closure 1
row "a ConnectX VF" mlx5.claim "modprobe ALIAS" mlx5.alias
row "a ConnectX VF" mlx5.claim "all variants, by softdep" softdep
row "a device without a variant (edu)" edu.claim "vfio_pci and what it needs" edu.closure 1
row "a device without a variant (edu)" edu.claim "modprobe ALIAS" edu.alias
row "a device without a variant (edu)" edu.claim "all variants, by softdep" softdep 0.1
note "All of Debian's modules are there, and those of Linux's variants that can be built for it: mlx5, virtio, qat," \
	"nvgrace-gpu. pds and hisi_acc need modules that Debian has not on x86. The bytes are those of /proc/modules."
plot modules "Modules loaded for one claim, bytes" "ConnectX VF: driver_flavour=mlx5.claim" \
	"ConnectX VF: modprobe ALIAS=mlx5.alias" "edu: driver_flavour=edu.claim" "edu: modprobe ALIAS=edu.alias" \
	"either: all variants=softdep"
