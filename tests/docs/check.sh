#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the documents say is there, is there; each source names its licence; the version is
# the same everywhere.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

bad=0
wrong() {
	echo "docs: $*" >&2
	bad=1
}

# Files that git knows or could know; what is ignored is not ours.
files() {
	git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

links() { # FILE: where its relative links go
	grep -oE '\]\([^)# ]+' "$1" | sed 's/^](//' | grep -vE '^[a-z]+:' || true
}

# The map of directories in README.md: the first column of the table headed "directory".
map_of_directories() {
	awk -F'|' '!/^\|/ { on = 0; next }
		$2 ~ /^ *directory *$/ { on = 1; next }
		on && $2 ~ /`/ { gsub(/[ `]/, "", $2); print $2 }' README.md
}

# Files that a first line with a licence would spoil, or that are not ours.
has_no_licence_line() {
	case $1 in
	*.md | LICENSES/* | docs/abi/* | tests/fuzz/corpus/* | tests/golden/expected/* | tests/golden/trees/*) return 0 ;;
	NEWS | MAINTAINERS | .gitignore | *.shellcheckrc | */codespell-ignore | */log-trouble) return 0 ;;
	*.install | *.symbols | *.map | *.json | *.svg | debian/*) return 0 ;;
	esac
	return 1
}

while read -r file; do
	while read -r link; do
		[ -e "$(dirname "$file")/$link" ] || wrong "$file: there is no $link"
	done < <(links "$file")
done < <(files '*.md')

while read -r path; do
	[ -e "$path" ] || wrong "README.md: the map has $path, which is not there"
done < <(map_of_directories)

while read -r file; do
	has_no_licence_line "$file" || ! grep -Iq . "$file" || head -n 3 "$file" | grep -q SPDX-License-Identifier: ||
		wrong "$file: no SPDX line at its head"
done < <(files)

# The version is said once, in meson.build, which the library, the command and the release
# take it from.  Debian's changelog has to have a copy.
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
debian=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
[ "$version" = "$debian" ] || wrong "debian/changelog: version $debian, but meson.build has $version"

# get_abi.pl comes with the kernel's sources, which not everybody has.
for get_abi in "${GET_ABI:-}" /usr/src/linux-source-*/scripts/get_abi.pl build/checkpatch/get_abi.pl; do
	[ ! -f "$get_abi" ] || break
done
if [ -f "$get_abi" ]; then
	said=$(perl "$get_abi" --dir docs/abi validate 2>&1) || said+=" (it failed)"
	[ -z "$said" ] || wrong "docs/abi: $said"
	echo "docs: links, directories, licences, version, ABI" >&2
else
	echo "docs: links, directories, licences, version (no get_abi.pl to check docs/abi: set GET_ABI)" >&2
fi
exit $bad
