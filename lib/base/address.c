// SPDX-License-Identifier: LGPL-2.1-or-later
/* PCI addresses, as text and in parts. */
#include <stdio.h>

#include "base/base.h"

bool address_parse(const char *text, struct address *address)
{
	const char *s = scan_hex(text, 8, &address->domain);

	if (!s || *s != ':')
		return false;
	s = scan_hex(s + 1, 2, &address->bus);
	if (!s || *s != ':')
		return false;
	s = scan_hex(s + 1, 2, &address->device);
	if (!s || *s != '.')
		return false;
	s = scan_hex(s + 1, 1, &address->function);
	return s && !*s && address->device < 32 && address->function < 8;
}

void address_format(const struct address *address, char *text)
{
	snprintf(text, ADDRESS_SIZE, "%04x:%02x:%02x.%x", address->domain, address->bus & 0xff,
		 address->device & 0x1f, address->function & 7);
}
