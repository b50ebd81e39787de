# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl set and reset by driver_override: no kernel module of ours.
# stock only: there is no kernel module of ours in it
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-set.sh"

t "the kernel module is not there" without_module
set_tests
t "nor did it come back" not loaded driver_flavour
