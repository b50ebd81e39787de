#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-symbols.sh HEADER MAP LIBRARY: what is exported is what is declared.
set -eu
header=$1 map=$2 library=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Declarations start in the first column; a prototype's name stands before "(".
grep -E '^[a-z].*[ *]flavour_[a-z0-9_]+\(' "$header" | grep -v '^typedef' |
	sed -E 's/^.*[ *](flavour_[a-z0-9_]+)\(.*$/\1/' | sort -u > "$dir/declared"
sed -n 's/^\t\(flavour_[a-z0-9_]*\);$/\1/p' "$map" | sort -u > "$dir/mapped"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort -u > "$dir/exported"

test -s "$dir/declared"
diff -u "$dir/declared" "$dir/mapped"
diff -u "$dir/declared" "$dir/exported"
nm -D --defined-only "$library" | grep flavour_ | grep -v '@@LIBFLAVOUR_0\.1$' && exit 1
echo "$(wc -l < "$dir/declared") symbols, all declared"
