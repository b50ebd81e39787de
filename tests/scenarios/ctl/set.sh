# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# weight: 5
# flavourctl set and reset, through the kernel module.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-set.sh"

set_tests
