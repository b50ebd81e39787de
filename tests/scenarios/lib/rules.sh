# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the scenarios about rules share.

RULES=/sys/kernel/config/driver_flavour/pci

# rule NAME FLAVOUR MATCH: make it and turn it on.
rule() {
	mkdir "$RULES/$1" && echo "$3" >"$RULES/$1/match" &&
		echo "$2" >"$RULES/$1/flavour" && echo 1 >"$RULES/$1/active"
}

hits() {
	cat "$RULES/$1/hits"
}

# log_since_has REGEX: since log_mark.
log_since_has() {
	log_since | grep -q -- "$1"
}
