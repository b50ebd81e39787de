# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Without rules all is native again.  Then devices are claimed in each way, and
# the packages go.

. "$LAB_TOP/tests/boot/guest/lib.sh"

RULES=/sys/kernel/config/driver_flavour/pci

native() {
	flavour_is "$NIC_A" native e1000e
	flavour_is "$NVME2" native nvme
	flavour_is "$NVME" native nvme
	flavour_is "$EDU2" native -
	assert_eq "$(vfio_modules)" ""
	assert_eq "$(ls $RULES)" ""
}

# By a file of the administrator's, by the command's own, and without a rule;
# one is in use, one is driverctl's, and there is a rule that was made by hand.
claim() {
	rm -f $POLICY
	echo "vfio dsn=52-54-00-ff-ff-df-00-0a" >/etc/driver-flavour.d/10-mine.conf
	assert flavourctl set --persist vfio "$NVME2"
	assert flavourctl set --persist vfio "$NVME"
	assert flavourctl apply
	assert flavourctl set none "$EDU2"
	assert flavourctl set --persist vfio "$EDU"
	mkdir -p /etc/driverctl.d && echo vfio-pci >"/etc/driverctl.d/$EDU"
	mkdir $RULES/10-mine
	echo "address=0000:07:00.0" >$RULES/10-mine/match
	echo 1 >$RULES/10-mine/active
	"$LAB_TOP/build/tools/vfio-hold" "$NVME2" >/run/lab/held 2>&1 </dev/null &
	echo $! >/run/lab/holder
	wait_for '[ -s /run/lab/held ]'
	flavour_is "$NIC_A" vfio vfio-pci
}

purge() {
	apt-get purge -y flavourctl driver-flavour-dkms libflavour-dev libflavour0 >/run/lab/purge 2>&1 ||
		fail "apt-get said $?"
	sed 's/^/# /' /run/lab/purge
	sync
}

said() {
	grep -q "$1" /run/lab/purge || fail "nobody said: $1"
}

given_back() {
	driver_is "$NIC_A" e1000e
	driver_is "$NVME" nvme
	assert_eq "$(override_of "$NIC_A")" "(null)"
	assert_eq "$(override_of "$NVME")" "(null)"
}

left_alone() {
	driver_is "$NVME2" vfio-pci
	said "$NVME2.*vfio-hold"
	said "driver-flavour: $NVME2 stays vfio .* until the next boot"
	said "driver-flavour: $EDU2 stays none .* until the next boot"
	said "driver-flavour: $EDU stays vfio .*/etc/driverctl.d"
}

hand_made() {
	assert_eq "$(ls $RULES)" 10-mine
	said "stays loaded.*10-mine"
	assert_eq "$(cd /etc/driver-flavour.d && ls -A)" 10-mine.conf
	said "files of yours"
}

let_go() {
	kill "$(cat /run/lab/holder)"
	rm "/etc/driverctl.d/$EDU"
}

t "the devices are native" native
t "no unit failed" nothing_failed
t "devices are claimed in each way" claim
t "the packages are purged" purge
t "the policy's devices are native" given_back
t "those in use and those of others are as they were, and named" left_alone
t "rules and files that were made by hand are there" hand_made
t "what was in use is let go" let_go
