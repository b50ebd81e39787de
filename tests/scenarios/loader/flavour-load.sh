# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flavour-load: by hand against modprobe, and as the kernel module's loader.
# weight: 2
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

PATH=$LAB_TOP/build:$PATH
FOUR="test_exact_vfio_pci test_narrow_vfio_pci test_class_vfio_pci test_nic_vfio_pci"

# alias_of DEV [UNIVERSE]
alias_of() {
	modalias_of "$1" | sed "s/^pci:/${2:-vfio_pci}:/"
}

# load CODE ARGUMENT…: flavour-load exits with CODE.
load() {
	load_want=$1 load_status=0
	shift
	flavour-load "$@" >$lab_run/load.out 2>$lab_run/load.err </dev/null || load_status=$?
	assert_eq "$load_status" "$load_want" "flavour-load $*: $(cat $lab_run/load.err)"
}

# unload: what modprobe or flavour-load brought, until nothing of it is left.
unload() {
	while unload_idle=$(sed -n 's/^\([^ ]*vfio[^ ]*\|irqbypass\) [0-9]* 0 .*/\1/p' \
		/proc/modules) && [ -n "$unload_idle" ]; do
		# shellcheck disable=SC2086 # one name a word
		rmmod $unload_idle || return
	done
}

# --- the table ---------------------------------------------------------------

# brings COMMAND…: the modules that it loads, and their bytes in memory.
brings() {
	cut -d' ' -f1 /proc/modules >$lab_run/before
	"$@" >/dev/null 2>&1 || return
	awk 'NR == FNR { had[$1]; next } !($1 in had) { names = names " " $1; bytes += $2 }
		END { print bytes + 0, names }' $lab_run/before /proc/modules
	unload
}

# no_core: without the core that every VFIO driver needs.
no_core() {
	sed -E 's/ (vfio_pci_core|vfio_iommu_type1|vfio_virqfd|vfio|irqbypass)\b//g'
}

# compare DEV WHAT: two lines of the table; in $ours and $theirs what it brings.
compare() {
	theirs=$(brings /sbin/modprobe -q -- "$(alias_of "$1")")
	ours=$(brings flavour-load -q -- "$(alias_of "$1")")
	line modprobe "$2" "$theirs" >>$lab_run/table
	line flavour-load "$2" "$ours" >>$lab_run/table
}

line() { # PROGRAM DEVICE BROUGHT
	printf '# load: %-28s %-13s %8d bytes %s\n' "$2" "$1" "${3%% *}" \
		"$(echo "${3#* }" | no_core)"
}

only_the_best() {
	# shellcheck disable=SC2086 # one name a word
	install_modules $FOUR
	compare $IVSHMEM "no variant"
	assert_eq "$(echo "${ours#* }" | no_core)" " vfio_pci"
	compare $EDU "a variant"
	assert_eq "$(echo "${ours#* }" | no_core)" " test_exact_vfio_pci"
	assert [ "${ours%% *}" -lt "${theirs%% *}" ]
	compare $NIC_A "three overlapping variants"
	assert_eq "$(echo "${ours#* }" | no_core)" " test_narrow_vfio_pci"
	assert_eq "$(echo "${theirs#* }" | no_core | wc -w)" 4 "modprobe's"
	assert [ "${ours%% *}" -lt "${theirs%% *}" ]
}

# --- as the kernel module's loader -------------------------------------------

gets() { # DEV DRIVER
	assert set_flavour "$1" vfio
	is "$1" "$2" vfio "$2"
	for m in $FOUR vfio_pci; do
		[ "$m" = "$(echo "$2" | tr - _)" ] || assert not loaded "$m"
	done
	assert set_flavour "$1" native
	unload
}

the_kernel_calls_it() {
	modprobe driver_flavour
	param loader "$LAB_TOP/build/flavour-load -q --"
	echo "blacklist e1000e" >/etc/modprobe.d/lab.conf
	log_mark
	gets $IVSHMEM vfio-pci
	gets $EDU test_exact_vfio_pci
	gets $NIC_A test_narrow_vfio_pci
	gets $NIC_B test_nic_vfio_pci
	assert_eq "$(log_since | grep -c "flavour-load: vfio_pci:.*: Loaded ")" 4 "lines in the log"
	log_since | grep -q "flavour-load: $(alias_of $EDU): Loaded test_exact_vfio_pci. The most sp" ||
		fail "$(log_since)"
}

native_comes_back() {
	rm /etc/modprobe.d/lab.conf
	assert set_flavour $NIC_B vfio
	assert set_flavour $NIC_B native
	becomes $NIC_B e1000e
	rmmod e1000e
	unload
}

# --- drivers that step back ----------------------------------------------------

# step_back MODULE=ERRNO…: what their probes will say.
step_back() {
	for m in "$@"; do
		echo "options ${m%=*} err=${m#*=}"
	done >/etc/modprobe.d/lab.conf
}

# probed MODULE…: each is loaded, and was asked once.
probed() {
	for m in "$@"; do
		assert_eq "$(cat "/sys/module/$m/parameters/probes")" 1 "probes of $m"
	done
}

only_the_generic_is_left() {
	install_modules test_fail_vfio_pci
	log_mark
	assert set_flavour $IVSHMEM vfio
	is $IVSHMEM vfio-pci vfio vfio-pci
	probed test_fail_vfio_pci
	log_since | grep -q "Skipped test_fail_vfio_pci, which is already loaded. Loaded vfio_pci. Less sp" ||
		fail "$(log_since)"
	assert set_flavour $IVSHMEM native
	is_native $IVSHMEM
	unload
}

one_after_the_other() {
	bind_native $NIC_A e1000e
	step_back test_narrow_vfio_pci=19 test_nic_vfio_pci=6
	assert set_flavour $NIC_A vfio
	is $NIC_A test_class_vfio_pci vfio test_class_vfio_pci
	probed test_narrow_vfio_pci test_class_vfio_pci test_nic_vfio_pci
	assert not loaded vfio_pci
	assert set_flavour $NIC_A native
	is $NIC_A e1000e native "(null)"
	unload
	step_back test_narrow_vfio_pci=6 test_class_vfio_pci=19 test_nic_vfio_pci=19
	assert set_flavour $NIC_A vfio
	is $NIC_A vfio-pci vfio vfio-pci
	probed test_narrow_vfio_pci test_class_vfio_pci test_nic_vfio_pci
	assert set_flavour $NIC_A native
	is $NIC_A e1000e native "(null)"
	unload
}

none_is_left() {
	step_back test_narrow_vfio_pci=19 test_nic_vfio_pci=19 test_class_vfio_pci=6
	echo "blacklist vfio_pci" >>/etc/modprobe.d/lab.conf
	refused $NIC_A vfio ENXIO
	probed test_narrow_vfio_pci test_class_vfio_pci test_nic_vfio_pci
	unload
	step_back test_narrow_vfio_pci=19 test_nic_vfio_pci=5
	refused $NIC_A vfio EIO
	probed test_narrow_vfio_pci test_nic_vfio_pci
	assert not loaded test_class_vfio_pci
	assert not loaded vfio_pci
	unload
}

# In a port it is neither of the lab's two: the narrow one is not for it.
a_rule_gets_the_next() {
	step_back test_class_vfio_pci=19 test_nic_vfio_pci=19
	rule r vfio "address=$PORT1_DEV"
	qmp_plug e1000e hot hp1
	becomes $PORT1_DEV vfio-pci
	wait_for "[ \$(vfio_dev_of $PORT1_DEV) != - ]" # that its probe has begun is not enough
	is $PORT1_DEV vfio-pci vfio vfio-pci
	probed test_class_vfio_pci test_nic_vfio_pci
	qmp_unplug hot
	unload
	echo "blacklist vfio_pci" >>/etc/modprobe.d/lab.conf
	log_mark
	qmp_plug e1000e hot hp1
	wait_for 'log_since | grep -q "could be bound: .*; held"'
	is $PORT1_DEV - vfio vfio
	assert loaded test_nic_vfio_pci
	modprobe vfio-pci
	becomes $PORT1_DEV vfio-pci
	qmp_unplug hot
	rmdir $RULES/r
	rm /etc/modprobe.d/lab.conf
	rmmod e1000e
	unload
}

a_word_gets_the_next() {
	echo vfio >"$(sysfs $IVSHMEM driver_override)"
	echo $IVSHMEM >/sys/bus/pci/drivers_probe
	is $IVSHMEM vfio-pci vfio vfio-pci
	probed test_fail_vfio_pci
	assert set_flavour $IVSHMEM native
	unload
}

# --- failures ------------------------------------------------------------------

the_next_one() {
	echo rubbish >"$lab_updates/test_narrow_vfio_pci.ko"
	log_mark
	load 0 "$(alias_of $NIC_A)"
	assert_eq "$(vfio_modules | grep test)" test_nic_vfio_pci
	log_since | grep -q "test_narrow_vfio_pci can't be loaded: .*Loaded test_nic_vfio_pci. Less" ||
		fail "$(log_since)"
	unload
	install_modules test_narrow_vfio_pci
}

the_generic_comes_last() {
	for m in $FOUR; do
		echo "install $m /bin/false"
	done >/etc/modprobe.d/lab.conf
	load 0 "$(alias_of $NIC_A)"
	assert_eq "$(vfio_modules | grep -e test -e '_pci$')" vfio_pci
	unload
	echo "install vfio_pci /bin/false" >>/etc/modprobe.d/lab.conf
	load 1 "$(alias_of $NIC_A)"
	grep -q "vfio_pci can't be loaded" $lab_run/load.err || fail "$(cat $lab_run/load.err)"
	unload
}

modprobe_d_has_the_last_word() {
	echo "blacklist test_narrow_vfio_pci" >/etc/modprobe.d/lab.conf
	load 0 -q -- "$(alias_of $NIC_A)"
	assert loaded test_nic_vfio_pci
	assert not loaded test_narrow_vfio_pci
	unload
	echo "alias vfio_pci:v00008086d* test_class_vfio_pci" >/etc/modprobe.d/lab.conf
	load 0 "$(alias_of $NIC_A)"
	assert_eq "$(vfio_modules | grep -e test -e '_pci$')" test_class_vfio_pci
	unload
	printf 'blacklist %s\n' $FOUR vfio_pci >/etc/modprobe.d/lab.conf
	load 3 "$(alias_of $NIC_A)"
	grep -q "Blacklisted in modprobe.d" $lab_run/load.err || fail "$(cat $lab_run/load.err)"
	load 3 -q "$(alias_of $NIC_A)"
	assert_eq "$(cat $lab_run/load.err)" ""
	assert_eq "$(vfio_modules)" ""
	rm /etc/modprobe.d/lab.conf
}

told_only() {
	load 0 -n "$(alias_of $NIC_A)"
	grep -q "^Would load test_narrow_vfio_pci.*Else test_nic_vfio_pci.*Else test_class_vfio_pci.*Else vfio_pci" \
		$lab_run/load.out || fail "$(cat $lab_run/load.out)"
	assert_eq "$(vfio_modules)" ""
}

used_wrongly() {
	load 2 "vfio_pci:v*d*sv*sd*bc*sc*i*"
	load 2 usb:v1234
	load 2
	load 2 -t 0 "$(alias_of $EDU)"
	load 2 -x "$(alias_of $EDU)"
	load 0 --help
}

without_root() {
	load_status=0
	/usr/bin/setpriv --reuid=65534 --clear-groups "$(command -v flavour-load)" \
		"$(alias_of $EDU)" 2>$lab_run/load.err || load_status=$?
	assert_eq "$load_status" 1
	grep -q "Operation not permitted" $lab_run/load.err || fail "$(cat $lab_run/load.err)"
	assert_eq "$(vfio_modules)" ""
}

# --- time ----------------------------------------------------------------------

# An install command that hangs is killed; and so is the one of a killed loader.
it_ends_in_time() {
	echo "install test_exact_vfio_pci /bin/sleep 1234" >/etc/modprobe.d/lab.conf
	within 25000 load 4 -t 1 "$(alias_of $EDU)"
	wait_for "! pgrep -f 'sleep 1234' >/dev/null"
	modprobe driver_flavour
	param loader "$LAB_TOP/build/flavour-load -q -t 2 --"
	within 25000 expect_errno ENODEV "$(flavour_file $EDU)" vfio
	wait_for "! pgrep -f 'sleep 1234' >/dev/null"
	rm /etc/modprobe.d/lab.conf
}

# Nothing can end a module's init that sleeps like this one.
even_if_init_sleeps() {
	install_modules test_slow_vfio_pci
	echo "options test_slow_vfio_pci delay_ms=600000" >/etc/modprobe.d/lab.conf
	echo test_slow_vfio_pci >"$(sysfs $TESTDEV driver_override)"
	within 25000 load 4 -t 3 "$(alias_of $TESTDEV)"
	assert_eq "$(cat /sys/module/test_slow_vfio_pci/initstate)" coming
	echo 0 >/sys/module/test_slow_vfio_pci/parameters/delay_ms
	wait_for "[ \$(cat /sys/module/test_slow_vfio_pci/initstate) = live ]"
	echo >"$(sysfs $TESTDEV driver_override)"
	[ ! -e "$(sysfs $TESTDEV driver)" ] || echo $TESTDEV >"$(sysfs $TESTDEV driver/unbind)"
	rm /etc/modprobe.d/lab.conf
	unload
}

# The kernel kills the loader, not its child.
the_child_goes_along() {
	echo "options test_slow_vfio_pci delay_ms=1" >/etc/modprobe.d/lab.conf
	echo "install test_exact_vfio_pci /bin/sleep 1234" >>/etc/modprobe.d/lab.conf
	param loader "$LAB_TOP/build/flavour-load -q --"
	param loader_timeout 1
	within 25000 refused $EDU vfio ETIMEDOUT
	wait_for "! pgrep flavour-load >/dev/null"
	param loader_timeout 30
	pkill -f 'sleep 1234'
	rm /etc/modprobe.d/lab.conf
}

rmmod driver_flavour
t "only the best module is loaded" only_the_best
[ ! -e $lab_run/table ] || cat $lab_run/table
t "the kernel module calls it, and gets the one it wants" the_kernel_calls_it
t "native drivers are loaded as modprobe does" native_comes_back
t "it steps back, and only the generic one is left" only_the_generic_is_left
t "they step back, one after the other" one_after_the_other
t "all step back, or one fails: put back" none_is_left
t "so it is for a device that a rule holds" a_rule_gets_the_next
t "so it is for a word in driver_override" a_word_gets_the_next
rmmod driver_flavour
t "a module that can't be loaded: the next one" the_next_one
t "the generic one comes last; if it fails too, so does the loader" the_generic_comes_last
t "a blacklist removes, an alias pins" modprobe_d_has_the_last_word
t "a dry run loads nothing" told_only
t "what is no alias is a usage error" used_wrongly
t "without root it says so" without_root
t "a hanging install command: it ends in time, all of it" it_ends_in_time
t "a module's init that can't be killed: it ends in time" even_if_init_sleeps
t "killed by the kernel, its child goes along" the_child_goes_along
