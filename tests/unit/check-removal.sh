#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-removal.sh DEBIAN: what the packages' postrm leave behind, in a root of files.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export DPKG_ROOT=$dir/root
PATH=$dir/bin:$PATH
failed=0

wrong() {
	echo "$*"
	failed=1
}

for package in flavourctl driver-flavour-dkms; do
	[ ! -e "$1/$package.postrm" ] ||
		sed "s/^#DEBHELPER#//; /^#INITRAMFS#/{r $1/initramfs.sh
		d}" "$1/$package.postrm" >"$dir/$package"
done

# A list of what is in it stands for each image; "damaged" is no list.
command_stub() { # NAME, its text on stdin
	{ echo "#!/bin/sh" && cat; } >"$dir/bin/$1"
	chmod +x "$dir/bin/$1"
}
mkdir "$dir/bin"
command_stub lsinitramfs <<'END'
! grep -q damaged "$1" && cat "$1"
END
command_stub lsinitrd <<'END'
! grep -q damaged "$1" && cat "$1"
END
command_stub update-initramfs <<END
echo "update-initramfs \$*" >>$dir/made
END
command_stub dracut <<END
echo "dracut \$*" | sed "s,\$DPKG_ROOT,," >>$dir/made
END

# root PREFIX SUFFIX: with images of five kernels, the fifth of which is gone
root() {
	rm -rf "$DPKG_ROOT"
	: >"$dir/made"
	mkdir -p "$DPKG_ROOT/boot" "$DPKG_ROOT/etc/driver-flavour.d" "$DPKG_ROOT"/lib/modules/6.{1,2,3,4}-x
	printf '%s\n' init usr/sbin/flavourctl etc/driver-flavour.d/a.conf >"$DPKG_ROOT/boot/${1}6.1-x$2"
	printf '%s\n' init usr/lib/modules/6.2-x/updates/dkms/driver_flavour.ko >"$DPKG_ROOT/boot/${1}6.2-x$2"
	echo init >"$DPKG_ROOT/boot/${1}6.3-x$2"
	echo damaged >"$DPKG_ROOT/boot/${1}6.4-x$2"
	echo usr/sbin/flavourctl >"$DPKG_ROOT/boot/${1}6.5-x$2"
	touch "$DPKG_ROOT/boot/vmlinuz-6.1-x" "$DPKG_ROOT/etc/driver-flavour.d/50-flavourctl.conf"
}

# postrm PACKAGE WHAT: as dpkg runs it
postrm() {
	sh "$dir/$1" "$2" 2>"$dir/err" || wrong "$1 $2 failed: $(cat "$dir/err")"
}

made() { # WANT
	[ "$(paste -sd ' ' "$dir/made")" = "$1" ] || wrong "made again: $(paste -sd ' ' "$dir/made"); not: $1"
}

root initrd.img- ""
postrm flavourctl remove
made "update-initramfs -u -k 6.1-x update-initramfs -u -k 6.2-x update-initramfs -u -k 6.4-x"
[ -e "$DPKG_ROOT/etc/driver-flavour.d/50-flavourctl.conf" ] || wrong "remove took the policy"

root initrd.img- ""
postrm driver-flavour-dkms remove
made "update-initramfs -u -k 6.2-x update-initramfs -u -k 6.4-x"

root initrd.img- ""
for what in upgrade failed-upgrade abort-install abort-upgrade disappear; do
	postrm flavourctl $what
	postrm driver-flavour-dkms $what
done
made ""

# One that can't be made, as on a full disk, is named, and the others are made.
command_stub update-initramfs <<END
echo "\$3" >>$dir/made
[ "\$3" != 6.1-x ]
END
postrm flavourctl remove
made "6.1-x 6.2-x 6.4-x"
grep -q "initrd.img-6.1-x .*by hand" "$dir/err" || wrong "said: $(cat "$dir/err")"

rm "$dir/bin/update-initramfs" "$dir/bin/lsinitramfs"
root initramfs- .img
postrm flavourctl remove
made "dracut --force /boot/initramfs-6.1-x.img 6.1-x dracut --force /boot/initramfs-6.2-x.img 6.2-x dracut --force /boot/initramfs-6.4-x.img 6.4-x"

postrm flavourctl purge
[ ! -e "$DPKG_ROOT/etc/driver-flavour.d" ] || wrong "purge left the policy"

root initrd.img- ""
touch "$DPKG_ROOT/etc/driver-flavour.d/10-mine.conf"
postrm flavourctl purge
[ "$(ls -A "$DPKG_ROOT/etc/driver-flavour.d")" = 10-mine.conf ] ||
	wrong "of 10-mine.conf and 50-flavourctl.conf there is: $(ls -A "$DPKG_ROOT/etc/driver-flavour.d")"
grep -q "files of yours" "$dir/err" || wrong "nobody said what stays"
exit $failed
