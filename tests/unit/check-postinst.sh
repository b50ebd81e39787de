#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-postinst.sh POSTINST: a kernel that the module does not build for, which is what
# DKMS fails with, does not leave the package half installed.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# Where systemd runs, the module would be loaded.
mkdir "$dir/bin"
printf '#!/bin/sh\necho no such module >&2\nexit 1\n' >"$dir/bin/modprobe"
chmod +x "$dir/bin/modprobe"
PATH=$dir/bin:$PATH

# ends STATUS WORD DKMS ACTION: if DKMS is what dh_dkms has put there.
ends() {
	local said status=0
	said=$(sed "s/^#DEBHELPER#/$3/" "$postinst" | sh -s "$4" 2>&1) || status=$?
	[ "$status" -ne "$1" ] || [[ "$said" != *"$2"* ]] || return 0
	echo "$3, $4: exits with $status, and says: $said"
	failed=1
}

postinst=$1
ends 0 "could not be built for every kernel" "exit 10" configure
ends 0 "/make.log" "exit 10" configure
ends 0 "could not be built for every kernel" "(exit 10); exit 0" configure
ends 3 "" "exit 3" abort-upgrade
ends 0 "built" "echo built" configure
[[ $(sed "s/^#DEBHELPER#/echo built/" "$postinst" | sh -s configure 2>&1) != *"not be built"* ]] || {
	echo "complains of what is well"
	failed=1
}
exit $failed
