# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's parts by themselves: tests/modules/kunit, in a kernel that has KUnit.
# needs: kunit
. "$LAB_DIR/guest/lib.sh"

kunit=$(find "/lib/modules/$(uname -r)" -name kunit.ko)
results=/sys/kernel/debug/kunit

# Both have the tracepoints, by the same names.
rmmod driver_flavour
t "KUnit can be loaded" insmod "$kunit" enable=1
t "and the tests" insmod "$(module_path test_flavour_kunit)"

passes() {
	grep -q "^ok " "$1/results" || { cat "$1/results"; return 1; }
}

for suite in flavour_rank flavour_terms flavour_rules flavour_change; do
	t "$suite: $(grep -c '^    ok ' $results/$suite/results) cases" passes $results/$suite
done
