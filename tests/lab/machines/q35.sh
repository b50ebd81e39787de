# shellcheck shell=sh disable=SC2034 # for those who source this
# SPDX-License-Identifier: GPL-2.0-or-later
#
# q35: a PC.

deb_arch=amd64
kernel_image=arch/x86/boot/bzImage
qemu="qemu-system-x86_64"

# QEMU 7.2 gets the flags of CMPXCHG16B wrong now and then, and the kernel, which
# has it in each allocation, dies of that when an interrupt comes just after.
qemu_options="-machine q35,kernel-irqchip=split -cpu max,-cx16 -device isa-debug-exit,iobase=0xf4,iosize=4"
iommu_options="-device intel-iommu,intremap=on"
iommu_args=intel_iommu=on

# A busy host delays the timer, and the kernel would give up on it at once.
# Nor can the second CPU count how long its delays are: udelay() took no time there, and
# drivers that poll gave up. They count the host's TSC, at 250 ticks a second; where the
# frequency changes, by the highest one: a delay may be longer than asked for, not shorter.
frequencies=$(cat /proc/cpuinfo /sys/devices/system/cpu/cpu*/cpufreq/cpuinfo_max_freq 2>/dev/null) || :
delays=$(echo "$frequencies" |
	awk '/^cpu MHz/ { khz = $NF * 1000 } /^[0-9]+$/ { khz = $1 } khz > most { most = khz }
	END { printf "%d", (most ? most : 4000000) * 1000 / 250 }')
machine_args="tsc=reliable no_timer_check no5lvl lpj=$delays"
console=ttyS0
monitor=ttyS1

# isa-debug-exit ends QEMU with 2 * value + 1; a value of 32 and up is ours.
leave_with() {
	# shellcheck disable=SC2059 # an octal escape, made on the spot
	printf "\\$(printf %o $((32 + $1)))" |
		dd of=/dev/port bs=1 seek=$((0xf4)) conv=notrunc 2>/dev/null
}

left_with() {
	[ "$1" -ge 65 ] && echo $((($1 - 65) / 2))
}
