# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# stock only: it is about the command
# A signal in the middle of five devices: one is at hand, two come after it.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/ctl.sh"

slow=/sys/module/test_slow_vfio_pci/parameters
FIVE="$EDU $EDU2 $TESTDEV $IVSHMEM $IVSHMEM2"

# begun OPTION…: set is in the slow probe of the third device when this returns.
begun() {
	echo 600000 >$slow/delay_ms
	before=$(cat $slow/probes)
	# shellcheck disable=SC2086 # one word a device
	/usr/bin/env --default-signal=INT flavourctl set vfio -j 1 "$@" $FIVE \
		>$lab_run/ctl.out 2>$lab_run/ctl.err </dev/null &
	changer=$!
	wait_for "[ \$(cat $slow/probes) -gt $before ]"
}

# ends SIGNAL CODE: what is at hand is finished, and then it ends so.
ends() {
	kill -"$1" $changer
	assert kill -0 $changer
	echo 0 >$slow/delay_ms
	code=0
	wait $changer || code=$?
	assert_eq "$code" "$2" "exit status"
	is $EDU vfio-pci
	is $EDU2 vfio-pci
	is $TESTDEV test_slow_vfio_pci
	is $IVSHMEM -
	is $IVSHMEM2 -
}

all_back() {
	# shellcheck disable=SC2086
	ctl 0 reset $FIVE
}

it_is_told() {
	begun
	ends TERM 143
	says "$EDU2: vfio, driver vfio-pci, /dev/vfio/"
	complains "$IVSHMEM: Not started: the operation was stopped. The device is unchanged."
	complains "Stopped by SIGTERM"
	all_back
}

in_json() {
	begun -J
	ends INT 130
	assert_eq "$(field changed | tr '\n' ' ')" "true true true false false "
	assert_eq "$(field error | tr '\n' ' ')" "null null null ECANCELED ECANCELED "
	all_back
}

nohup_goes_on() {
	echo 600000 >$slow/delay_ms
	before=$(cat $slow/probes)
	# shellcheck disable=SC2086
	nohup flavourctl set vfio -j 1 $FIVE >$lab_run/ctl.out 2>$lab_run/ctl.err </dev/null &
	changer=$!
	wait_for "[ \$(cat $slow/probes) -gt $before ]"
	kill -HUP $changer
	echo 0 >$slow/delay_ms
	assert wait $changer
	is $IVSHMEM2 vfio-pci
	all_back
}

modprobe vfio-pci
install_modules test_slow_vfio_pci
modprobe test_slow_vfio_pci
t "SIGTERM: what is at hand is done, the rest is told" it_is_told
t "^C: so is JSON" in_json
t "nohup: what was ignored is" nohup_goes_on
without_module
t "without the kernel module, too" it_is_told
rmmod test_slow_vfio_pci
