#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-completion.sh FLAVOURCTL COMPLETION TREE.PY MACHINE: what the shell
# offers after Tab, on a recorded machine.
set -u
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
python3 "$3" unpack "$4" "$top" || exit 1
export FLAVOUR_SYSFS=$top/sys FLAVOUR_PROC=$top/proc FLAVOUR_DEV=$top/dev
PATH=${1%/*}:$PATH

# shellcheck disable=SC1091 # the distribution's
. /usr/share/bash-completion/bash_completion
# shellcheck source=system/bash-completion/flavourctl
. "$2"
# Its effect on the line can't be seen outside of one.
compopt() { :; }

failed=0
# offered WANT LINE: as if Tab were pressed at the end of LINE. Readline breaks words at : and =, too.
offered() {
	local line=$2 got
	COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9 COMP_KEY=9
	line=${line//:/ : }
	read -ra COMP_WORDS <<<"${line//=/ = }"
	[[ $line != *" " ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_flavourctl flavourctl
	got=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd ' ')
	[ "$got" = "$1" ] && return
	echo "after \"$line\": offered \"$got\", not \"$1\""
	failed=1
}

offered "reset rule" "flavourctl r"
offered "add check list remove" "flavourctl rule "
offered "vfio" "flavourctl rule add v"
offered "path= physfn=" "flavourctl rule add vfio p"
offered "graph groups" "flavourctl g"
offered "native none vfio" "flavourctl set "
offered "vfio" "flavourctl set v"
offered "--dot" "flavourctl graph --d"
offered "--driver= --dry-run" "flavourctl set --dr"
offered "auto kernel override" "flavourctl list -b "
offered "kernel" "flavourctl set --backend=k"
offered "" "flavourctl set --jobs="
offered "eth1" "flavourctl set vfio et"
offered "00.0" "flavourctl set vfio 0000:01:"
offered "1f.0 1f.2 1f.3" "flavourctl show 0000:00:1f"
offered "" "flavourctl nonsense --"
exit $failed
