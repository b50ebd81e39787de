# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The loader runs again only if it might load something else.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"

PASS_ON='exec /sbin/modprobe "$@"'

# runs N DEV DRIVER: to claim DEV takes N runs of the loader, and it gets DRIVER.
runs() {
	: >$lab_run/loader-calls
	assert set_flavour "$2" vfio
	is "$2" "$3" vfio "$3"
	assert_eq "$(grep -c vfio_pci: $lab_run/loader-calls)" "$1" "runs for $2"
	assert set_flavour "$2" native
}

once_for_an_alias() {
	use_loader "$PASS_ON"
	runs 1 $EDU vfio-pci
	runs 0 $EDU vfio-pci
	runs 0 $EDU2 vfio-pci
	runs 1 $TESTDEV vfio-pci
	runs 0 $EDU vfio-pci
}

a_better_module_is_installed() {
	install_modules test_exact_vfio_pci
	runs 1 $EDU test_exact_vfio_pci
	runs 0 $EDU2 test_exact_vfio_pci
}

it_is_unloaded() {
	rmmod test_exact_vfio_pci
	runs 1 $EDU test_exact_vfio_pci
	runs 0 $EDU test_exact_vfio_pci
}

# modprobe loads all at once: that the best steps back costs no other run.
a_step_back_costs_none() {
	install_modules test_exact_vfio_pci test_fail_vfio_pci
	runs 1 $IVSHMEM vfio-pci
	runs 0 $IVSHMEM2 vfio-pci
	assert_eq "$(cat /sys/module/test_fail_vfio_pci/parameters/probes)" 2 probes
}

# What the next one is depends on what is loaded: that is asked for each time.
the_next_is_not_kept() {
	rmmod test_fail_vfio_pci vfio_pci
	use_loader '[ "$DRIVER_FLAVOUR_NEXT" ] || exec /sbin/modprobe test_fail_vfio_pci'
	refused $IVSHMEM vfio ENODEV
	assert_eq "$(wc -l <$lab_run/loader-calls)" 2 runs
	refused $IVSHMEM vfio ENODEV
	assert_eq "$(wc -l <$lab_run/loader-calls)" 3 runs
	use_loader "$PASS_ON"
}

# In a folder that is there, one that was not, and one that is filled up.
modprobe_d_changes() {
	echo "# nothing" >/etc/modprobe.d/lab.conf
	runs 1 $EDU test_exact_vfio_pci
	echo "# in place" >>/etc/modprobe.d/lab.conf
	runs 1 $EDU test_exact_vfio_pci
	touch /etc/modprobe.d/lab.conf
	runs 1 $EDU test_exact_vfio_pci
	mkdir /run/modprobe.d
	runs 1 $EDU test_exact_vfio_pci
	echo "# new" >/run/modprobe.d/lab.conf
	runs 1 $EDU test_exact_vfio_pci
	rm -r /run/modprobe.d /etc/modprobe.d/lab.conf
	runs 1 $EDU test_exact_vfio_pci
	runs 0 $EDU test_exact_vfio_pci
}

another_loader() {
	param loader "$(cat /sys/module/driver_flavour/parameters/loader)"
	runs 1 $EDU test_exact_vfio_pci
	runs 0 $EDU test_exact_vfio_pci
}

# It is written while the former loader is about to run. A disk that does not
# answer holds that up, where folders are looked for that may change.
another_loader_meanwhile() {
	modprobe -a dm-mod ext4
	bind_native $NVME2 nvme
	disk=$(disk_of $NVME2)
	dmsetup --noudevsync create lab-dm --table "0 65536 linear $disk 0"
	[ -e /dev/mapper/lab-dm ] || dmsetup --noudevsync mknodes
	mkfs.ext4 -q /dev/mapper/lab-dm
	mkdir -p /usr/local/lib
	assert mount -t ext4 /dev/mapper/lab-dm /usr/local/lib
	dmsetup suspend --nolockfs lab-dm
	param loader /bin/true
	writing meanwhile $EDU vfio
	wait_for "grep -qs kern_path /proc/[0-9]*/stack" 20
	use_loader "$PASS_ON"
	dmsetup resume lab-dm
	written meanwhile ok
	assert set_flavour $EDU native
	runs 1 $EDU test_exact_vfio_pci
	runs 0 $EDU test_exact_vfio_pci
	assert umount /usr/local/lib
	dmsetup --noudevsync remove lab-dm
}

# It is written while the former loader hangs: who comes then is not kept by it.
the_former_loader_hangs() {
	use_hanging_loader
	writing former $EDU vfio
	loader_runs && asleep "$writer"
	former=$loader_pid
	use_loader "$PASS_ON"
	within 25000 assert set_flavour $EDU2 vfio
	is $EDU2 test_exact_vfio_pci vfio test_exact_vfio_pci
	assert kill -0 "$former"
	kill "$former"
	written former ok
	assert set_flavour $EDU native
	assert set_flavour $EDU2 native
}

# What failed may work the next time; it is asked again.
it_failed() {
	use_loader "exit 1"
	runs 1 $EDU test_exact_vfio_pci
	runs 1 $EDU test_exact_vfio_pci
}

# Something changes while it runs: what it looked at may be the former.
it_changes_meanwhile() {
	use_loader "touch /etc/modprobe.d/lab.conf"
	runs 1 $EDU test_exact_vfio_pci
	runs 1 $EDU test_exact_vfio_pci
	rm /etc/modprobe.d/lab.conf
}

# 70 IDs are 140 aliases, of which 64 are kept.
many_aliases() {
	use_loader "exit 0"
	insmod "$(module_path test_sim)"
	for n in $(seq 70); do
		printf 'id=1d0f:%04x class=020000\n' "$n"
	done >/sys/kernel/debug/test_sim/plan
	echo 0000:00:10.0 >/sys/kernel/debug/test_sim/plug
	for round in 1 2; do
		: >$lab_run/loader-calls
		for d in /sys/bus/pci/devices/0000:04:*; do
			echo vfio >"$d/driver_flavour" || fail "${d##*/}: not claimed"
			echo native >"$d/driver_flavour"
		done
		assert_eq "$(wc -l <$lab_run/loader-calls)" \
			"$([ $round = 1 ] && echo 140 || echo 76)" "runs in round $round"
	done
	rmmod test_sim
}

# What is watched does not keep a file system from being unmounted.
nothing_is_held() {
	mkdir /run/modprobe.d
	mount -t tmpfs tmpfs /run/modprobe.d
	use_loader "$PASS_ON"
	runs 1 $EDU test_exact_vfio_pci
	assert umount /run/modprobe.d
	rmdir /run/modprobe.d
	assert rmmod driver_flavour
	echo "# unwatched" >/etc/modprobe.d/lab.conf
	rm /etc/modprobe.d/lab.conf
	assert modprobe driver_flavour
}

t "one run for an alias, as long as nothing changes" once_for_an_alias
t "a better module is installed: it runs, and the device gets it" a_better_module_is_installed
t "a module was unloaded: it runs" it_is_unloaded
t "the best steps back, and the next is there: no other run" a_step_back_costs_none
t "it runs for the next one, whenever that is wanted" the_next_is_not_kept
t "modprobe.d changes: it runs" modprobe_d_changes
t "the parameter is written: it runs" another_loader
t "it is written while the former is about to run: it runs" another_loader_meanwhile
t "it is written while the former hangs: it runs" the_former_loader_hangs
t "it failed: it runs" it_failed
t "something changed while it ran: it runs" it_changes_meanwhile
t "only so many are kept" many_aliases
t "no file system and no module is held by it" nothing_is_held
