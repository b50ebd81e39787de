#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-new-variant.sh NEW: what variants/new makes, and what it refuses.
set -u

new=$1
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
bad=0

wrong() {
	echo "$*"
	bad=1
}

tree() {
	(cd "$top" && find . -type f | sort && find . -type f -exec cat {} +)
}

# refused WORDS NAME ID: with these words on stderr, and nothing made.
refused() {
	local before said
	before=$(tree)
	said=$("$new" "$2" "$3" "$top" 2>&1 >/dev/null) && wrong "'$2' '$3': not refused"
	[[ $said == *"$1"* ]] || wrong "'$2' '$3': says '$said'"
	[ "$(tree)" = "$before" ] || wrong "'$2' '$3': left something behind"
}

made() { # FILE REGEX
	grep -q "$2" "$top/$1" || wrong "$1 has no '$2'"
}

refused "say its name" "" ""
refused "say its name" acme ""
refused "no name for a driver" "Acme" 8086:10d3
refused "no name for a driver" "../acme" 8086:10d3
refused "no name for a driver" "1acme" 8086:10d3
refused "no name for a driver" "a b" 8086:10d3
refused "no name for a driver" _vfio_pci 8086:10d3
refused "no name for a driver" "$(printf 'a%.0s' {1..41})" 8086:10d3
refused "four hex digits" acme 8086
refused "four hex digits" acme 8086:10d
refused "four hex digits" acme 8086:10d3:1
refused "four hex digits" acme "8086:10d3 "
refused "a vendor that no device has" acme ffff:0001
refused "has a driver test_exact_vfio_pci already" test_exact 8086:10d3
refused "has a driver mlx5_vfio_pci already" mlx5 15b3:101e
refused "has a driver template_vfio_pci already" template 15b3:101e

# Its vendor is the template's device, its device the template's vendor.
"$new" acme_nic_vfio_pci 7E57:1234 "$top" >"$top.said" || wrong "acme_nic is not made"
grep -q "SCENARIOS=variants/acme-nic$" "$top.said" || wrong "it does not say what to do next"
rm -f "$top.said"
made variants/acme_nic_vfio_pci/Kbuild '^obj-m += acme_nic_vfio_pci.o$'
made variants/acme_nic_vfio_pci/acme_nic_vfio_pci.c 'DEVICE_VFIO(0x7e57, 0x1234)'
made tests/scenarios/variants/acme-nic.sh '^ID=7e57:1234$'
[ "$(find "$top" -type f | wc -l)" = 3 ] || wrong "not three files: $(find "$top" -type f)"
! grep -rn template "$top" || wrong "the template shows"
refused "is there already" acme_nic 8086:10d3
rm -r "$top/variants/acme_nic_vfio_pci"
refused "variants/acme-nic.sh is there already" acme_nic 8086:10d3

# As on a full disk: the second of two files can't be put in its place.
rm -r "$top/tests" && mkdir -p "$top/bin"
cat >"$top/bin/mv" <<'END'
#!/bin/sh
[ "$1" != -T ] || exec /bin/mv "$@"
echo "mv: No space left on device" >&2
exit 1
END
chmod +x "$top/bin/mv"
PATH=$top/bin:$PATH refused "No space left" acme 8086:10d3
exit $bad
