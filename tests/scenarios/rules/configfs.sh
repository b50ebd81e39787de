# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Rules in configfs: their files, their order, what they refuse.
# weight: 2
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/rules.sh"

a_new_rule() {
	mkdir $RULES/r
	assert_eq "$(cat $RULES/r/match)" "" match
	assert_eq "$(cat $RULES/r/flavour)" vfio flavour
	assert_eq "$(cat $RULES/r/active)" 0 active
	assert_eq "$(cat $RULES/r/hits)" 0 hits
	expect_errno EINVAL $RULES/r/active 1
	assert_eq "$(cat $RULES/r/active)" 0 "active without a match"
	rmdir $RULES/r
}

reads_back() {
	rule r vfio "address=0000:3b:* modalias=pci:v000015B3d0000101E*"
	assert_eq "$(cat $RULES/r/match)" "address=0000:3b:* modalias=pci:v000015B3d0000101E*"
	assert_eq "$(cat $RULES/r/active)" 1
	rmdir $RULES/r
}

# match_refused TEXT WORD: a match of TEXT is EINVAL, the log names WORD, the old one stays.
match_refused() {
	log_mark
	expect_errno EINVAL $RULES/r/match "$1"
	assert log_since_has "rule r: .*$2"
	assert_eq "$(cat $RULES/r/match)" "address=keep" "after '$1'"
}

malformed_match() {
	rule r vfio address=keep
	echo 0 >$RULES/r/active
	match_refused "addres=0000:00:02.0" "'addres=0000:00:02.0'"
	match_refused "address=" "'address='"
	match_refused "address=a nonsense" "'nonsense'"
	match_refused "dsn=1" "'dsn=1'"
	match_refused "" "no terms"
	match_refused "   " "no terms"
	match_refused "$(printf 'address=a\naddress=b')" "more than one line"
	match_refused "$(seq 9 | sed 's/^/address=/' | tr '\n' ' ')" "more than 8 terms"
	expect_errno EINVAL $RULES/r/flavour wrong
	assert_eq "$(cat $RULES/r/flavour)" vfio
	expect_errno EINVAL $RULES/r/active perhaps
	rmdir $RULES/r
}

# What somebody wrote is repeated in part, and without what moves a cursor.
what_is_wrong_is_cut() {
	esc=$(printf '\033')
	mkdir "$RULES/r${esc}[31m"
	log_mark
	expect_errno EINVAL "$RULES/r${esc}[31m/match" "${esc}[2J$(seq 1000 | tr '\n' 'x')"
	line=$(log_since | grep "is no address=")
	assert_eq "${line#*driver_flavour: rule }" \
		"r\e[31m: '\e[2J$(seq 1000 | tr '\n' 'x' | head -c 76)' is no address=, modalias=, physfn= and a glob"
	rmdir "$RULES/r${esc}[31m"
}

# A program that tries again and again does not fill the log: it has five lines in
# five seconds.
not_each_time() {
	mkdir $RULES/r
	log_mark
	from=$(now_ms)
	# What was refused before this counts, too.
	wait_for '{ ! echo nonsense >$RULES/r/match; } 2>/dev/null &&
		log_since | grep -q "is no address="'
	i=0
	while [ $i -lt 200 ]; do
		echo nonsense >$RULES/r/match && fail "it was taken"
		i=$((i + 1))
	done 2>/dev/null
	lines=$(log_since | grep -c "is no address=")
	most=$(((($(now_ms) - from) / 5000 + 2) * 5))
	assert [ "$lines" -le "$most" ]
	rmdir $RULES/r
}

active_is_fixed() {
	rule r none address=x
	expect_errno EBUSY $RULES/r/match address=y
	expect_errno EBUSY $RULES/r/flavour vfio
	assert_eq "$(cat $RULES/r/match) $(cat $RULES/r/flavour)" "address=x none"
	echo 0 >$RULES/r/active
	expect_errno ok $RULES/r/match address=y
	assert_eq "$(cat $RULES/r/match)" address=y
	rmdir $RULES/r
}

first_by_name_decides() {
	rule 20-vfio vfio "address=$PORT1_DEV"
	rule 10-none none "modalias=pci:v00001234d000011E8*"
	rule 05-other vfio "address=$PORT2_DEV"
	assert qmp_plug edu hot hp1
	assert_eq "$(flavour_of $PORT1_DEV)" none
	assert_eq "$(hits 10-none) $(hits 20-vfio) $(hits 05-other)" "1 0 0" hits
	assert qmp_unplug hot
	rmdir $RULES/10-none
	assert qmp_plug edu hot hp1
	becomes $PORT1_DEV vfio-pci
	assert_eq "$(hits 20-vfio)" 1
	assert qmp_unplug hot
	rmdir $RULES/*
}

a_hit_is_traced() {
	rule r none "address=$PORT1_DEV"
	echo 1 >/sys/kernel/tracing/events/driver_flavour/flavour_rule/enable
	echo >/sys/kernel/tracing/trace
	assert qmp_plug edu hot hp1
	assert grep -q "flavour_rule: $PORT1_DEV: r: none\$" /sys/kernel/tracing/trace
	echo 0 >/sys/kernel/tracing/events/driver_flavour/flavour_rule/enable
	assert qmp_unplug hot
	rmdir $RULES/r
}

all_terms_hold() {
	rule r none "address=$PORT1_DEV modalias=pci:v00008086*"
	assert qmp_plug edu hot hp1
	assert_eq "$(flavour_of $PORT1_DEV) $(hits r)" "native 0" "one term of two"
	assert qmp_unplug hot
	rmdir $RULES/r
	rule r none "physfn=*"
	assert qmp_plug edu hot hp1
	assert_eq "$(flavour_of $PORT1_DEV) $(hits r)" "native 0" "no VF"
	assert qmp_unplug hot
	rmdir $RULES/r
}

native_is_an_exception() {
	rule 1 native "address=$PORT1_DEV"
	rule 2 none "address=*"
	assert qmp_plug edu hot hp1
	assert_eq "$(flavour_of $PORT1_DEV) $(hits 1)" "native 1"
	assert qmp_unplug hot
	rmdir $RULES/*
}

inactive_or_gone() {
	rule r none "address=$PORT1_DEV"
	echo 0 >$RULES/r/active
	assert qmp_plug edu hot hp1
	assert_eq "$(flavour_of $PORT1_DEV)" native
	assert qmp_unplug hot
	rmdir $RULES/r
}

present_devices_stay() {
	before=$(state_of $EDU)
	rule r vfio "address=*"
	assert_eq "$(state_of $EDU)" "$before"
	assert_eq "$(hits r)" 0
	rmdir $RULES/r
}

everything_but_bridges() {
	rule r none "address=*"
	assert qmp_plug x3130-upstream hot hp1
	assert_eq "$(flavour_of $PORT1_DEV) $(hits r)" "native 0" bridge
	assert qmp_unplug hot
	rmdir $RULES/r
}

unload_waits_for_rules() {
	mkdir $RULES/r
	assert not rmmod driver_flavour
	assert loaded driver_flavour
	rmdir $RULES/r
	assert rmmod driver_flavour
	assert not [ -e /sys/kernel/config/driver_flavour ]
	assert modprobe driver_flavour
}

a_thousand() {
	i=0
	while [ $i -lt 1000 ]; do
		mkdir $RULES/$i && echo "address=$i" >$RULES/$i/match && echo 1 >$RULES/$i/active
		i=$((i + 1))
	done
	assert qmp_plug edu hot hp1
	assert_eq "$(flavour_of $PORT1_DEV)" native
	assert qmp_unplug hot
	assert rmdir $RULES/*
}

t "a new rule does nothing" a_new_rule
t "a rule reads back as written" reads_back
t "a malformed rule is refused, and the log says which term" malformed_match
t "the log repeats a part of it, escaped" what_is_wrong_is_cut
t "and not each time" not_each_time
t "an active rule can't be edited" active_is_fixed
t "the first rule by name decides" first_by_name_decides
t "that is traced, with its name and flavour" a_hit_is_traced
t "all terms of a rule must hold" all_terms_hold
t "a native rule is an exception" native_is_an_exception
t "an inactive rule does nothing" inactive_or_gone
t "devices that are there stay as they are" present_devices_stay
t "a rule for everything leaves bridges alone" everything_but_bridges
t "the module stays while there is a rule" unload_waits_for_rules
t "a thousand rules" a_thousand
