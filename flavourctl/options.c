// SPDX-License-Identifier: GPL-2.0-or-later
/* All options, in one table; a verb names the letters it takes. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

struct option_spec {
	char letter;
	const char *name;
	const char *arg;	/* NULL: a flag */
	const char *help;
	size_t offset;
};

#define AT(field) offsetof(struct options, field)

static const struct option_spec specs[] = {
	{ 'J', "json", NULL, "print JSON", AT(json) },
	{ 'o', "columns", "LIST", "show these columns; +LIST adds to the default ones", AT(columns) },
	{ 'H', "no-header", NULL, "omit the header line", AT(no_header) },
	{ 'w', "width", "N", "width of the table; 0 for no limit", AT(width) },
	{ 'g', "group", NULL, "include the rest of each IOMMU group", AT(group) },
	{ 'f', "force", NULL, "even if the device is in use", AT(force) },
	{ 'n', "dry-run", NULL, "show what would be done, and change nothing", AT(dry_run) },
	{ 'p', "persist", NULL, "add it to the policy, too", AT(persist) },
	{ 'd', "driver", "NAME", "use this VFIO driver, not the best one", AT(driver) },
	{ 'B', "best", NULL, "change the VFIO driver if another one is better", AT(best) },
	{ 'T', "no-table", NULL, "with --driver: even if its table does not list it", AT(no_table) },
	{ 'i', "hints", NULL, "print the options for QEMU and libvirt", AT(hints) },
	{ 'q', "quiet", NULL, "print only errors", AT(quiet) },
	{ 'j', "jobs", "N", "change at most N devices at once", AT(jobs) },
	{ 't', "timeout", "SECONDS", "give up what takes longer; 0 for no limit", AT(timeout) },
	{ 'D', "dot", NULL, "print graphviz's DOT language", AT(dot) },
	{ 'S', "svg", "FILE", "draw it into FILE with graphviz", AT(svg) },
	{ 'c', "count", "N", "stop after N events", AT(count) },
	{ 'r', "rules-only", NULL, "only the kernel's rules; no present devices",
	  AT(rules_only) },
	{ 'a', "device", "DEV", "only this one: an address, or its directory in sysfs", AT(device) },
	{ 'F', "file", "NAME", "use this file in /etc/driver-flavour.d", AT(file) },
	{ 'b', "backend", "WHICH", "auto, kernel (the module) or override (driver_override)",
	  AT(backend) },
	{ 'h', "help", NULL, "this help", AT(help) },
};

static bool takes(const struct verb *verb, const struct option_spec *spec)
{
	return spec->letter == 'h' || strchr(verb->options, spec->letter);
}

static void build(const struct verb *verb, struct option *longs, char *letters)
{
	size_t i;

	*letters++ = ':';
	for (i = 0; i < ARRAY_LEN(specs); i++) {
		if (!takes(verb, &specs[i]))
			continue;
		*longs++ = (struct option) {
			.name = specs[i].name,
			.has_arg = specs[i].arg ? required_argument : no_argument,
			.val = specs[i].letter,
		};
		*letters++ = specs[i].letter;
		if (specs[i].arg)
			*letters++ = ':';
	}
	*longs = (struct option) { 0 };
	*letters = '\0';
}

static bool store(struct options *opt, int letter)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(specs); i++) {
		char *field = (char *)opt + specs[i].offset;

		if (specs[i].letter != letter)
			continue;
		if (specs[i].arg)
			*(const char **)(void *)field = optarg;
		else
			*(bool *)(void *)field = true;
		return true;
	}
	return false;
}

/* getopt's own messages say nothing of what to do. */
static int refuse(const struct verb *verb, int what, char **argv)
{
	const char *word = argv[optind - 1];

	if (what == ':')
		complain("The option %s needs a value. See flavourctl %s --help.", word,
			 verb->name);
	else if (optopt && word[0] == '-' && word[1] == '-')
		complain("The option %s takes no value. See flavourctl %s --help.", word,
			 verb->name);
	else if (optopt)
		complain("%s takes no option -%c. See flavourctl %s --help.", verb->name, optopt,
			 verb->name);
	else
		complain("%s takes no option %s. See flavourctl %s --help.", verb->name, word,
			 verb->name);
	return -1;
}

/* Options may stand among the operands: getopt_long() moves these to the end. */
int options_parse(struct ctl *ctl, int argc, char **argv)
{
	struct option longs[ARRAY_LEN(specs) + 1];
	char letters[2 * ARRAY_LEN(specs) + 2];
	int letter;

	build(ctl->verb, longs, letters);
	optind = 0;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		if (!store(&ctl->opt, letter))
			return refuse(ctl->verb, letter, argv);
	return optind;
}

void options_help(const struct verb *verb)
{
	char left[40];
	size_t i;

	printf("flavourctl %s %s\n%s.\n\nOptions:\n", verb->name, verb->args, verb->summary);
	for (i = 0; i < ARRAY_LEN(specs); i++) {
		if (!takes(verb, &specs[i]))
			continue;
		snprintf(left, sizeof(left), "-%c, --%s%s%s", specs[i].letter, specs[i].name,
			 specs[i].arg ? " " : "", specs[i].arg ? specs[i].arg : "");
		printf("  %-22s  %s\n", left, specs[i].help);
	}
}

void options_list(const struct verb *verb)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(specs); i++)
		if (takes(verb, &specs[i]))
			printf("--%s%s\n", specs[i].name, specs[i].arg ? "=" : "");
}

int option_number(const char *name, const char *text, unsigned int max, unsigned int *number)
{
	unsigned long value;
	char *end;

	if (!text)
		return CTL_DONE;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value > max) {
		complain("--%s needs a number from 0 to %u; \"%s\" is not one.", name, max, text);
		return CTL_USAGE;
	}
	*number = (unsigned int)value;
	return CTL_DONE;
}
