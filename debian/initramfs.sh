# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What an initramfs does by itself at boot goes with the package, for each
# kernel: the trigger of initramfs-tools makes the newest one's again, no other.
list_image() {
	if command -v lsinitramfs >/dev/null; then
		lsinitramfs "$1"
	else
		lsinitrd "$1"
	fi
}

make_image() { # IMAGE RELEASE
	if command -v update-initramfs >/dev/null; then
		update-initramfs -u -k "$2"
	else
		dracut --force "$1" "$2"
	fi
}

# renew_initramfs PATTERN: those that hold such a file, or nobody can tell.
renew_initramfs() {
	for image in "$DPKG_ROOT"/boot/initrd.img-* "$DPKG_ROOT"/boot/initramfs-*.img; do
		release=${image##*/initrd.img-}
		release=${release##*/initramfs-}
		release=${release%.img}
		[ -d "$DPKG_ROOT/lib/modules/$release" ] || continue
		if list=$(list_image "$image" 2>/dev/null) && ! echo "$list" | grep -q "$1"; then
			continue
		fi
		make_image "$image" "$release" ||
			echo "driver-flavour: $image may still claim devices at boot: build it again by hand" >&2
	done
}
