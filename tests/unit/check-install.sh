#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-install.sh BUILD VERSION EXAMPLE.C [PAGE…]: what is installed is all that a
# package needs, and a program can be built and run with nothing else of ours.
set -eu
build=$1 version=$2 example=$3
shift 3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

DESTDIR=$dir/top meson install -C "$build" --no-rebuild --quiet >"$dir/log" 2>&1 || {
	cat "$dir/log"
	exit 1
}

want() { # PATH…: each is there once, whatever the prefix; $found is the last one
	for path; do
		found=$(find "$dir/top" -path "*/$path")
		[ -e "$found" ] || { echo "not installed, or a broken link: $path"; exit 1; }
	done
}

want include/libflavour.h pkgconfig/libflavour.pc sbin/flavour-load \
	share/bash-completion/completions/flavourctl udev/rules.d/60-driver-flavour.rules \
	driver-flavour/release share/doc/flavourctl/examples/libvirt-hook \
	"libflavour.so.$version" libflavour.so.0 libflavour.so
lib=${found%/*}
for page; do
	want "share/man/man${page##*.}/$page"
done
# Rendered without a warning.
if [ $# -gt 0 ]; then
	find "$dir/top" -path '*/share/man/*' -type f -exec groff -t -K utf8 -man -ww -z {} + 2>"$dir/log" ||
		echo "groff failed" >>"$dir/log"
	[ ! -s "$dir/log" ] || { cat "$dir/log"; exit 1; }
fi

# The sanitizers' libraries would have to come first: the plain build tells.
if nm -D "$lib/libflavour.so" | grep -q __asan_; then
	echo "installed; built with sanitizers, so not tried"
	exit 0
fi
export LD_LIBRARY_PATH="$lib" PKG_CONFIG_SYSROOT_DIR="$dir/top" PKG_CONFIG_PATH="$lib/pkgconfig"
want sbin/flavourctl
"$found" --version | grep -qxF "flavourctl $version, libflavour $version"
"$found" --list-verbs | grep -qx explain
# shellcheck disable=SC2046 # words
"${CC:-cc}" -Wall -Werror -o "$dir/example" "$example" $(pkg-config --cflags --libs libflavour)
ldd "$dir/example" | grep -q "libflavour.so.0 => $lib/"
FLAVOUR_SYSFS=$dir "$dir/example" 0000:01:00.0 2>&1 | grep -qF "There is no device 0000:01:00.0."
