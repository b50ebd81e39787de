# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the module keeps for 256 flavoured functions: the allocations that its
# code makes while they are claimed and that are not freed, as the kernel's
# tracepoints tell. As many kinds of function as it remembers loaders' runs of.
. "$LAB_TOP/bench/guest.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

KINDS=64
EACH=4
TRACE=/sys/kernel/tracing

# kept < TRACE: the bytes of our allocations that are still there.
kept() {
	awk '
		function value(key) {
			return match($0, key "=[^ ]*") ? \
				substr($0, RSTART + length(key) + 1, RLENGTH - length(key) - 1) : ""
		}
		/ kmalloc: .*\[driver_flavour\]/ { size[value("ptr")] = value("bytes_alloc") }
		/ kfree: / { delete size[value("ptr")] }
		END { for (at in size) sum += size[at]; print sum + 0 }'
}

say "memory: $((KINDS * EACH)) functions"
modprobe driver_flavour
modprobe vfio-pci
/sbin/insmod "$lab_ours/test_sim.ko"
for kind in $(seq $KINDS); do
	printf 'id=1d0f:%04x class=020000 pm flr n=%d\n' "$kind" $EACH
done >$SIM/plan
sim_plug hp1

echo 32768 >$TRACE/buffer_size_kb
echo 'call_site >= 0xffffffffc0000000' >$TRACE/events/kmem/kmalloc/filter
echo 1 >$TRACE/events/kmem/kmalloc/enable
echo 1 >$TRACE/events/kmem/kfree/enable
echo >$TRACE/trace
for d in "$devices"/0000:04:*; do
	echo vfio >"$d/driver_flavour"
done
echo 0 >$TRACE/tracing_on
claimed=$(cat $devices/0000:04:*/driver_flavour | grep -c vfio)
[ "$claimed" -eq $((KINDS * EACH)) ] || { echo "only $claimed are claimed" && exit 1; }
! grep -q 'LOST' $TRACE/trace || { echo "events were lost" && exit 1; }

echo "runs state $(kept <$TRACE/trace)"
echo "runs state.limit 65536"
section "Memory and size"
unit=bytes
row "state for $((KINDS * EACH)) claimed functions of $KINDS kinds" state "the limit" state.limit 1
