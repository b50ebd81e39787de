# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# weight: 3
# flavourctl refuses what would hurt, through the kernel module; --force does it.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl-use.sh"

use_tests
