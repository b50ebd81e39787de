# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl refuses what would hurt, by driver_override too; --force does it.
# stock only: there is no kernel module of ours in it
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-use.sh"

t "the kernel module is not there" without_module
use_tests
