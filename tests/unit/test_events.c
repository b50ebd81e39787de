// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events as the kernel writes them, through a socket of ours in the place of its own. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"

#define NIC "/devices/pci0000:00/0000:01:00.0"

struct wire {
	struct fake *fake;
	struct flavour_events *events;
	int end;
};

static int setup(void **state)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	int ends[2];

	wire->fake = fake_new();
	assert_int_equal(flavour_events_new(wire->fake->ctx, &wire->events), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	assert_true(dup2(ends[0], flavour_events_fd(wire->events)) >= 0);
	close(ends[0]);
	wire->end = ends[1];
	*state = wire;
	return 0;
}

static int teardown(void **state)
{
	struct wire *wire = *state;

	close(wire->end);
	flavour_events_free(wire->events);
	fake_free(wire->fake);
	free(wire);
	return 0;
}

/* Spaces stand for NULs. */
static void tell(struct wire *wire, const char *text)
{
	AUTOFREE char *copy = strdup(text);
	size_t size = strlen(text) + 1, i;

	for (i = 0; i < size; i++)
		if (copy[i] == ' ')
			copy[i] = '\0';
	assert_int_equal(send(wire->end, copy, size, 0), size);
}

static void expect(struct wire *wire, enum flavour_event_kinds kind, enum flavour flavour,
		   const char *detail)
{
	const struct flavour_event *event;

	assert_int_equal(flavour_events_next(wire->events, &event), 1);
	assert_int_equal(flavour_event_kind(event), kind);
	assert_string_equal(flavour_event_address(event), "0000:01:00.0");
	assert_int_equal(flavour_event_flavour(event), flavour);
	if (detail)
		assert_string_equal(flavour_event_detail(event), detail);
	else
		assert_null(flavour_event_detail(event));
}

static void nothing(struct wire *wire)
{
	const struct flavour_event *event = (const void *)wire;

	assert_int_equal(flavour_events_next(wire->events, &event), 0);
	assert_ptr_equal(event, wire);
}

static void events_say_what_has_happened(void **state)
{
	struct wire *wire = *state;

	nothing(wire);
	tell(wire, "add@" NIC " ACTION=add DEVPATH=" NIC " SUBSYSTEM=pci SEQNUM=1");
	tell(wire, "bind@" NIC " ACTION=bind DEVPATH=" NIC " SUBSYSTEM=pci DRIVER=x");
	expect(wire, FLAVOUR_EVENT_ADD, FLAVOUR_UNKNOWN, NULL);
	expect(wire, FLAVOUR_EVENT_BIND, FLAVOUR_UNKNOWN, NULL);
	tell(wire, "change@" NIC " ACTION=change DEVPATH=" NIC " SUBSYSTEM=pci DRIVER_FLAVOUR=none");
	expect(wire, FLAVOUR_EVENT_FLAVOUR, FLAVOUR_NONE, NULL);
	tell(wire, "change@" NIC " ACTION=change DEVPATH=" NIC " SUBSYSTEM=pci DRIVER_FLAVOUR=vfio "
	     "DRIVER_FLAVOUR_ERROR=-ENODEV");
	expect(wire, FLAVOUR_EVENT_ERROR, FLAVOUR_VFIO, "-ENODEV");
	nothing(wire);
}

static void what_is_no_event_of_ours_is_passed_over(void **state)
{
	struct wire *wire = *state;

	tell(wire, "add@/devices/x/eth0 ACTION=add DEVPATH=/devices/x/eth0 SUBSYSTEM=net");
	tell(wire, "change@" NIC " ACTION=change DEVPATH=" NIC " SUBSYSTEM=pci");
	tell(wire, "add@" NIC " ACTION=add SUBSYSTEM=pci");
	tell(wire, "add@" NIC " ACTION=add DEVPATH=" NIC " SUBSYSTEM=pcie");
	tell(wire, "add@" NIC);
	tell(wire, "");
	tell(wire, "libudev");
	tell(wire, "libudev xxxxyyyy\377\377\377\377zzzz ACTION=add DEVPATH=" NIC " SUBSYSTEM=pci");
	nothing(wire);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_say_what_has_happened),
		TEST(what_is_no_event_of_ours_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
