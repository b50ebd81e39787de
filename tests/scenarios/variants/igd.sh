# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot: -a memmap=256K$0x30000000
# igd_vfio_pci: Intel graphics, with the regions that the firmware has left it;
# a firmware that errs costs the regions, and no more.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/sim.sh"

VARIANT=igd_vfio_pci
FIRMWARE=0x30000000 # 256 KiB that the kernel leaves alone, a slot of 16 KiB an OpRegion
image=$lab_run/firmware

# --- the firmware ----------------------------------------------------------

# put AT BYTE…: into the image; bytes are hexadecimal.
put() {
	put_at=$1
	shift
	echo "$@" | xxd -r -p | dd of=$image bs=1 seek=$((put_at)) conv=notrunc 2>/dev/null
}

little() { # BYTES NUMBER: as hexadecimal bytes, the lowest first
	little_n=$(($2))
	for _ in $(seq "$1"); do
		printf '%02x ' $((little_n & 255))
		little_n=$((little_n >> 8))
	done
}

# opregion SLOT VERSION RVDA RVDS: a good one, but for what is put over it.
opregion() {
	at=$(($1 * 0x4000))
	put $at 49 6e 74 65 6c 47 72 61 70 68 69 63 73 4d 65 6d "$(little 4 8)"
	put $((at + 0x16)) "$(little 2 "$2")"
	put $((at + 0x3ba)) "$(little 8 "$3")" "$(little 4 "$4")"
}

# Random, so that a byte in a wrong place shows. VBTs are in the second half of a slot.
firmware() {
	dd if=/dev/urandom of=$image bs=64k count=4 2>/dev/null
	opregion 0 0x0100 0x1122334455667788 0x99aabbcc
	opregion 1 0x0200 $((FIRMWARE + 1 * 0x4000 + 0x2000)) 0x1a01
	opregion 2 0x0201 0x3000 0x1000
	opregion 3 0x0201 0 0
	opregion 4 0x0100 0 0 && put $((4 * 0x4000 + 15)) 6e
	opregion 5 0x0100 0 0 && put $((5 * 0x4000 + 16)) "$(little 4 0)"
	opregion 6 0x0100 0 0 && put $((6 * 0x4000 + 16)) "$(little 4 1024)"
	opregion 7 0x0201 $((9 * 0x4000 - 0x800)) 0x1000
	opregion 8 0x0200 0x10000000 0x1000
	opregion 9 0x0201 -0x1000 0x1000
	opregion 10 0x0200 -0x800 0x1000
	opregion 11 0x0201 0x2000 0x8000000
	opregion 15 0x0100 0 0
	dd if=$image of=/dev/mem bs=64k seek=$((FIRMWARE / 65536)) conv=notrunc 2>/dev/null
}

# --- devices ---------------------------------------------------------------

# plug CLASS ASLS…: Intel graphics of that class, one for each.
plug() {
	plug_class=$1
	shift
	for asls in "$@"; do
		printf 'id=8086:4680 sub=8086:2212 class=%s bar=64K reg=fc:%x\n' "$plug_class" $((asls))
	done >$SIM/plan
	sim_plug hp1
	n=0
	for asls in "$@"; do
		assert set_flavour "$(sim_dev hp1 $n)" vfio
		is "$(sim_dev hp1 $n)" $VARIANT vfio $VARIANT
		n=$((n + 1))
	done
}

slot() {
	echo $((FIRMWARE + $1 * 0x4000))
}

regions_of() { # DEV
	vfio-info "$1" | sed -n 's/^regions //p'
}

info() { # DEV REGION
	vfio-region "$1" "$2" info | sed 's/^info //'
}

# bytes DEV REGION AT LENGTH: as the device's user sees them.
bytes() {
	vfio-region "$1" "$2" "dump:$3:$4" | sed 's/^[^ ]* //' | xxd -r -p
}

# same AT LENGTH DEV REGION AT: as in the image.
same() {
	tail -c +$(($1 + 1)) $image | head -c $(($2)) >$lab_run/want
	bytes "$3" "$4" "$5" "$2" >$lab_run/got
	cmp $lab_run/got $lab_run/want || fail "$2 bytes at $5 of region $4 are not those at $1"
}

# --- tests -----------------------------------------------------------------

who_gets_it() {
	install_modules $VARIANT
	assert insmod "$(module_path test_sim)"
	plug 030000 0
	sim_unplug hp1
	plug 038000 0xffffffff
	sim_unplug hp1
	printf '%s\n' "id=1002:4680 class=030000 bar=64K" "id=8086:4680 class=040300 bar=64K" >$SIM/plan
	sim_plug hp1
	for n in 0 1; do
		assert set_flavour "$(sim_dev hp1 $n)" vfio
		is "$(sim_dev hp1 $n)" vfio-pci vfio vfio-pci
	done
	sim_unplug hp1
}

plain_without() {
	plug 038000 0 0xffffffff
	log_mark
	for n in 0 1; do
		assert_eq "$(regions_of "$(sim_dev hp1 $n)")" 9 "without an OpRegion"
	done
	assert_eq "$(log_since | grep -i opregion)" ""
	sim_unplug hp1
}

three_regions() {
	firmware
	plug 030000 "$(slot 0)" "$(slot 1)" "$(slot 2)" "$(slot 3)"
	dev=$(sim_dev hp1 0)
	assert_eq "$(regions_of "$dev")" 12
	assert_eq "$(info "$dev" 9)" "size 0x2000 read type 80008086.1"
	same 0 0x2000 "$dev" 9 0
	same 0x1001 0xff "$dev" 9 0x1001
	assert_eq "$(vfio-region "$dev" 9 write:0:4:0 read:0x2000:4 map:0:0x1000 read:0x1ffe:4 read:0:4)" \
		"write:0:4:0 EINVAL
read:0x2000:4 EINVAL
map:0:0x1000 EINVAL
read:0x1ffe:4 0x$(printf '0000%s' "$(tail -c +$((0x1fff)) $image | head -c 2 | xxd -p | sed 's/\(..\)\(..\)/\2\1/')") short
read:0:4 0x65746e49"
}

bridges() {
	bridges_n=10
	for bridge in 0000:00:00.0 $LPC; do
		size=$(stat -c %s "$(sysfs $bridge config)")
		assert_eq "$(info "$dev" $bridges_n)" \
			"size 0x$(printf %x "$size") read type 80008086.$((bridges_n - 8))"
		cp "$(sysfs $bridge config)" $lab_run/want
		bytes "$dev" $bridges_n 0 "$size" >$lab_run/got
		assert cmp $lab_run/got $lab_run/want
		assert_eq "$(vfio-region "$dev" $bridges_n write:4:2:0)" "write:4:2:0 EINVAL"
		bridges_n=$((bridges_n + 1))
	done
}

# one_piece DEV SLOT VBT SIZE: the VBT is behind the OpRegion, which says so.
one_piece() {
	op=$(($2 * 0x4000))
	assert_eq "$(info "$1" 9)" "size 0x$(printf %x $((0x2000 + $4))) read type 80008086.1"
	same $op 0x16 "$1" 9 0
	same $((op + 0x18)) 0x3a2 "$1" 9 0x18
	same $((op + 0x3c2)) 0x1c3e "$1" 9 0x3c2
	same $((op + $3)) "$4" "$1" 9 0x2000
	assert_eq "$(vfio-region "$1" 9 read:0x16:2 read:0x3ba:8)" "read:0x16:2 0x0201
read:0x3ba:8 0x0000000000002000"
}

vbts() {
	one_piece "$(sim_dev hp1 1)" 1 0x2000 0x1a01
	one_piece "$(sim_dev hp1 2)" 2 0x3000 0x1000
	assert_eq "$(info "$(sim_dev hp1 3)" 9)" "size 0x2000 read type 80008086.1"
	same 0xc000 0x2000 "$(sim_dev hp1 3)" 9 0
}

# The user's address for it is his own: neither the device nor the next user sees it.
address_is_his_own() {
	config=$(sysfs "$dev" config)
	assert_eq "$(vfio-region "$dev" 7 read:0xfc:4 write:0xfc:4:0x12345678 read:0xfc:4 \
		write:0xfe:1:0x99 read:0xf8:8 write:0xfa:4:0xaabbccdd read:0xfc:4 | sed 's/^[^ ]* //' | tr '\n' ' ')" \
		"0x30000000 ok 0x12345678 ok 0x1299567800000000 short 0x12995678 "
	assert_eq "$(tail -c +253 "$config" | head -c 4 | xxd -p)" 00000030
	assert_eq "$(vfio-region "$dev" 7 read:0xfc:4)" "read:0xfc:4 0x30000000"
	same 0 0x2000 "$dev" 9 0
}

without_the_host_bridge() {
	echo 1 >"$(sysfs 0000:00:00.0 remove)"
	assert_eq "$(regions_of "$dev")" 11
	assert_eq "$(info "$dev" 10 | sed 's/.* //')" 80008086.3
	echo 1 >/sys/bus/pci/rescan
	assert_eq "$(regions_of "$dev")" 12
	sim_unplug hp1
}

# malformed WHY ASLS…: the device is a plain one, and the log says why.
malformed() {
	malformed_why=$1
	shift
	plug 030000 "$@"
	n=0
	for asls in "$@"; do
		log_mark
		assert_eq "$(regions_of "$(sim_dev hp1 $n)")" 9 "$(printf 'with ASLS %x' $((asls)))"
		log_since | grep -q "$(printf 'OpRegion at 0x%x' $((asls))) $malformed_why: left out" ||
			fail "$asls: the log says $(log_since)"
		n=$((n + 1))
	done
	sim_unplug hp1
}

t "Intel graphics are the variant's, others are not" who_gets_it
t "without an OpRegion it is plain VFIO" plain_without
t "with one, it is a region, and read-only" three_regions
t "the bridges' configuration spaces are two others" bridges
t "a VBT from elsewhere is right behind it" vbts
t "the OpRegion's address is each user's own" address_is_his_own
t "a bridge that is not there is left out" without_the_host_bridge
t "no signature: no region" malformed "has no signature" "$(slot 4)" "$((FIRMWARE + 0x10))"
t "a size that can't be: no region" malformed "does not say that it is of 8 KiB" "$(slot 5)" "$(slot 6)"
t "an address in the kernel's RAM, in none, across a border: no region" \
	malformed "is where the firmware has no memory" 0x10000000 0x90000000 0x2ffff000 0x3003f000 0xfffff000
# SeaBIOS reserves the chipset's registers up to fed1ffff; behind them there is nothing.
t "an address whose second page is nowhere: no region" \
	malformed "is where the firmware has no memory" 0xfed1f000
t "a VBT beyond the end, in RAM, beyond all addresses, too large: no region" \
	malformed "has its VBT where the firmware has no memory" "$(slot 7)" "$(slot 8)" "$(slot 9)" "$(slot 10)" "$(slot 11)"
