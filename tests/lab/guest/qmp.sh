# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qmp.sh: the guest speaks to its own QEMU, over its second serial port.

lab_qmp=$LAB_MONITOR
lab_plugged=/run/lab/plugged

# qmp_start: once, by PID 1, which keeps the port open.  Until it is raw, the
# tty echoes QEMU's greeting back; a byte that JSON can't have in it makes QEMU
# forget what it took that for.
qmp_start() {
	exec 9<>"$lab_qmp"
	stty -F "$lab_qmp" raw -echo
	printf '\377\n' >&9
	qmp '{"execute":"qmp_capabilities"}' >/dev/null || echo "lab: no QMP"
}

# qmp JSON: run one command; prints the answer, returns 1 when it is an error.
# Events come in between; the id tells which line is the answer.
qmp() {
	(
		flock 8
		exec 9<>"$lab_qmp"
		lab_id=$(cat /proc/sys/kernel/random/uuid)
		echo "${1%\}},\"id\":\"$lab_id\"}" >&9
		while read -r -t 60 lab_line <&9; do
			case $lab_line in
			*"$lab_id"*)
				echo "$lab_line"
				exit "$(lab_is_error "$lab_line")"
				;;
			esac
		done
		echo "QEMU does not answer: $1"
		exit 1
	) 8>/run/lab/qmp.lock
}

lab_is_error() {
	case $1 in
	*'"error": {'*) echo 1 ;;
	*) echo 0 ;;
	esac
}

# port_dev BUS: the address of what is, or will be, in a hot-plug port.
port_dev() {
	eval "echo \$PORT${1#hp}_DEV"
}

# plugged DEV: it is there, and so is all that comes before drivers look at it: its
# driver_flavour, if any has one, and what a rule says of it.
plugged() {
	lab_at=${1#*:}
	[ -e "/proc/bus/pci/${lab_at%:*}/${lab_at#*:}" ] || return
	[ ! -e /sys/bus/pci/driver_flavours ] || [ -e "/sys/bus/pci/devices/$1/driver_flavour" ]
}

# qmp_plug DRIVER ID BUS [PROP=VALUE…]: hot-plug, wait until it is there.
qmp_plug() {
	lab_args="\"driver\":\"$1\",\"id\":\"$2\",\"bus\":\"$3\""
	lab_id2=$2 lab_bus=$3
	shift 3
	for lab_p in "$@"; do
		lab_args="$lab_args,\"${lab_p%%=*}\":\"${lab_p#*=}\""
	done
	qmp "{\"execute\":\"device_add\",\"arguments\":{$lab_args}}" || return
	mkdir -p $lab_plugged
	port_dev "$lab_bus" >"$lab_plugged/$lab_id2"
	wait_for "plugged $(port_dev "$lab_bus")"
}

# qmp_unplug ID: ask for it back, wait until it is gone.
qmp_unplug() {
	qmp "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"$1\"}}" || return
	wait_for "[ ! -e '/sys/bus/pci/devices/$(cat "$lab_plugged/$1")' ]" || return
	# QEMU is done a moment after the guest is.
	wait_for "not qmp_has '$1'" || return
	rm -f "$lab_plugged/$1"
}

# qmp_has ID: QEMU has a device of that name.
qmp_has() {
	qmp "{\"execute\":\"qom-list\",\"arguments\":{\"path\":\"/machine/peripheral/$1\"}}" \
		>/dev/null
}
