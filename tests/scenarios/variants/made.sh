# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make variant` makes, its driver and its scenario, as it was made.
. "$LAB_TOP/build/generated/tests/scenarios/variants/made.sh"
