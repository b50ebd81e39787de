// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names out of pci.ids, by libpci, of which nothing else is used: not its
 * access to the hardware, nor its error handler, which exits.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>

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
	unsigned int tries;	/* of one look-up */
};

static void say_nothing(char *fmt, ...)
{
}

/* libpci expects that its error handler does not return: jump back to lookup(). */
static jmp_buf damaged;

static void __attribute__((noreturn)) leave(char *fmt, ...)
{
	longjmp(damaged, 1);
}

/* It would wait for a FIFO's other end. What is not there, it knows how to do without. */
static bool is_readable(const char *file)
{
	struct stat st;

	return stat(file, &st) || S_ISREG(st.st_mode);
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
	names->access->error = leave;
	if (file)
		pci_set_name_list_path(names->access, (char *)file, 0);
	if (!is_readable(names->access->id_file_name))
		pci_set_name_list_path(names->access, (char *)"/dev/null", 0);
	ctl->names = names;
	return names;
}

static const char *lookup(struct names *names, struct answer *answer, int flags, unsigned int a,
			  unsigned int b)
{
	const char *volatile name = NULL;

	if (answer->valid && answer->a == a && answer->b == b)
		return answer->text;
	/* In a damaged file, what stands before the damage is known the second time. */
	setjmp(damaged);
	if (names->tries++ < 2)
		name = pci_lookup_name(names->access, answer->text, sizeof(answer->text),
				       flags | PCI_LOOKUP_NO_HWDB, a, b);
	names->tries = 0;
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
