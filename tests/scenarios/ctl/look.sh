# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavourctl's verbs that only look, on a real kernel.
# stock only: the command only looks
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"

list_has_every_device() {
	ctl 0 list -H -o address
	assert_eq "$(cat $lab_run/ctl.out)" "$(ls /sys/bus/pci/devices)"
	ctl 0
	assert_eq "$(awk 'length > 100' $lab_run/ctl.out)" "" "lines of more than 100 characters"
	ctl 0 -J -o address,flavour
	assert_eq "$(field flavour | sort -u)" native
	ctl 2 list -o address,colour
	complains 'Unknown column "colour"'
}

json_is_json() {
	for verb in "list" "show $EDU" "explain $EDU $NIC_A" "drivers" "groups" "doctor" \
		"set vfio -n $EDU" "reset -n $EDU $EDU2"; do
		# shellcheck disable=SC2086 # words
		flavourctl $verb -J 2>/dev/null | python3 -c '
import json, sys
top = json.load(sys.stdin)
assert top.pop("version") == 1
[rows] = top.values()
assert isinstance(rows, list) and rows
assert all(row.keys() == rows[0].keys() for row in rows)
' || fail "$verb -J"
	done
}

drivers_with_what_they_serve() {
	install_modules test_nic_vfio_pci
	ctl 0 drivers
	assert grep -qE '^test_nic_vfio_pci +installed .* 8086:10d3$' $lab_run/ctl.out
	assert grep -qE '^vfio_pci +installed .* any device$' $lab_run/ctl.out
	ctl 0 set vfio $NIC_A
	ctl 0 drivers -H -o module,state,drivers
	assert grep -qE '^test_nic_vfio_pci +loaded +test_nic_vfio_pci$' $lab_run/ctl.out
	ctl 0 reset $NIC_A
	echo "blacklist test_nic_vfio_pci" >/etc/modprobe.d/lab.conf
	rmmod test_nic_vfio_pci
	ctl 0 drivers -H -o module,state
	assert grep -qE '^test_nic_vfio_pci +blacklisted$' $lab_run/ctl.out
	rm /etc/modprobe.d/lab.conf
}

monitor_tells() {
	flavourctl monitor -J -c 2 $EDU >$lab_run/ctl.out 2>$lab_run/ctl.err &
	watcher=$!
	# Its socket is one for uevents, protocol 15, and has joined a group.
	wait_for "awk '\$2 == 15 && \$3 == $watcher && \$4 != \"00000000\" { n++ } END { exit !n }' /proc/net/netlink"
	ctl_out=$(cat $lab_run/ctl.out)
	assert_eq "$ctl_out" "" "events before"
	assert set_flavour $EDU2 vfio
	assert set_flavour $EDU vfio
	wait_for "! kill -0 $watcher 2>/dev/null"
	assert_eq "$(grep -c "\"address\":\"$EDU\"" $lab_run/ctl.out)" 2 events
	assert grep -q '"event":"bind".*"driver":"vfio-pci"' $lab_run/ctl.out
	assert grep -q '"event":"flavour","flavour":"vfio"' $lab_run/ctl.out
	assert set_flavour $EDU native
	assert set_flavour $EDU2 native
}

graph_is_drawn() {
	ctl 0 graph
	says "└─ $NIC_A [group $(iommu_group_of $NIC_A)]"
	ctl 0 graph --dot
	says "\"$BRIDGE\" -> \"$NIC_A\";"
	says "label=\"IOMMU group $(iommu_group_of $SATA)\""
	ctl 0 graph --svg $lab_run/graph.svg
	assert grep -q "<title>$NIC_A</title>" $lab_run/graph.svg
	ctl 1 graph --svg /nowhere/graph.svg
	ctl_path=$PATH
	# shellcheck disable=SC2123 # no graphviz in it
	PATH=$LAB_TOP/build
	"$LAB_TOP/build/flavourctl" graph --svg /run/lab/none.svg 2>$lab_run/ctl.err
	ctl_status=$?
	PATH=$ctl_path
	assert_eq $ctl_status 1
	complains "Install graphviz"
}

doctor_is_content() {
	ctl 0 doctor
	says "ok    iommu"
	says "ok    kernel_module"
	rmmod driver_flavour
	ctl 0 doctor
	says "note  kernel_module"
	ctl 1 list --backend kernel
	complains "driver_flavour is not loaded"
	modprobe driver_flavour
}

completion_is_told() {
	ctl 0 --list-verbs
	says set
	ctl 0 --list-devices
	says $EDU
	ctl 0 --list-options set
	says --dry-run
	ctl 0 --version
	ctl 0 set --help
	says --persist
}

bar_on_a_terminal() {
	bar=$(script -qec "flavourctl set vfio 1234:11e8 $TESTDEV $IVSHMEM $IVSHMEM2" /dev/null \
		</dev/null)
	echo "$bar" | grep -qF "] 3/5" || fail "no bar: $bar"
	ctl 0 reset 1234:11e8 $TESTDEV $IVSHMEM $IVSHMEM2
	not grep -q ']' $lab_run/ctl.err || fail "a bar, off a terminal"
}

t "list has every device, in 100 columns" list_has_every_device
t "JSON is JSON, and of the same shape for all" json_is_json
t "drivers says what they serve" drivers_with_what_they_serve
t "monitor tells what happens" monitor_tells
t "graph draws, by graphviz too" graph_is_drawn
t "doctor is content, and knows what is missing" doctor_is_content
t "the shell's completion is told" completion_is_told
t "a bar is on a terminal, and only there" bar_on_a_terminal
