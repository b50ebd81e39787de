// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names out of pci.ids, by libpci, of which nothing else is used: not its
 * access to the hardware, nor its error handler, which exits.
 */
#include <stdlib.h>

#include <pci/pci.h>

#include "names.h"

/* Neighbours are often alike, so the last answer to each question is kept. */
struct answer {
	bool valid;
	unsigned int a, b;
	char text[256];
};

struct names {
	struct pci_access *access;
	struct answer class, device;
};

static void say_nothing(char *fmt, ...)
{
}

static struct names *names_get(struct ctl *ctl)
{
	const char *file = getenv("FLAVOURCTL_PCI_IDS");
	struct names *names;

	if (ctl->names)
		return ctl->names;
	names = calloc(1, sizeof(*names));
	if (!names)
		return NULL;
	names->access = pci_alloc();
	names->access->warning = say_nothing;
	names->access->debug = say_nothing;
	if (file)
		pci_set_name_list_path(names->access, (char *)file, 0);
	ctl->names = names;
	return names;
}

static const char *lookup(struct names *names, struct answer *answer, int flags, unsigned int a,
			  unsigned int b)
{
	const char *name;

	if (answer->valid && answer->a == a && answer->b == b)
		return answer->text;
	name = pci_lookup_name(names->access, answer->text, sizeof(answer->text),
			       flags | PCI_LOOKUP_NO_HWDB, a, b);
	answer->valid = name == answer->text;
	answer->a = a;
	answer->b = b;
	return name ? name : "?";
}

const char *name_of_class(struct ctl *ctl, const struct flavour_pci_id *id)
{
	struct names *names = names_get(ctl);

	return names ? lookup(names, &names->class, PCI_LOOKUP_CLASS, id->class_code >> 8, 0) : "?";
}

const char *name_of_device(struct ctl *ctl, const struct flavour_pci_id *id)
{
	struct names *names = names_get(ctl);

	return names ? lookup(names, &names->device, PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE,
			      id->vendor, id->device) : "?";
}

void names_free(struct names *names)
{
	if (!names)
		return;
	pci_cleanup(names->access);
	free(names);
}
