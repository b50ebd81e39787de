// SPDX-License-Identifier: GPL-2.0-or-later
/* flavourctl: the table of verbs, and the dispatch to them. */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "names.h"

static const struct verb verbs[] = {
	{ "list", "[DEV…]", "List devices; this is the default", "JoHwb", 0, -1,
	  verb_list },
	{ "show", "DEV…", "Show all details of devices", "Job", 1, -1, verb_show },
	{ "explain", "DEV…", "Explain which drivers could bind a device, and what prevents it",
	  "JdTfb", 1, -1, verb_explain },
	{ "set", "FLAVOUR DEV…", "Set the flavour of devices: native, vfio or none", "JgfnpdBTiqjtb",
	  2, -1, verb_set },
	{ "reset", "DEV…", "Give devices back to their native drivers", "Jgfnpqjtb", 1, -1,
	  verb_reset },
	{ "rule", "WORD [RULE]", "The policy's rules: add RULE, remove RULE, list, check", "JoHwfFq", 1,
	  -1, verb_rule },
	{ "apply", "", "Apply the policy to devices and to the kernel's rules", "Jnraqjtb", 0, 0,
	  verb_apply },
	{ "drivers", "", "List the installed VFIO drivers and what they serve", "JoHwb", 0, 0,
	  verb_drivers },
	{ "groups", "[DEV…]", "List IOMMU groups, and why one can't be used", "JoHwb", 0, -1,
	  verb_groups },
	{ "graph", "[DEV…]", "Draw the PCI tree, with flavours and IOMMU groups", "DSb", 0, -1,
	  verb_graph },
	{ "monitor", "[DEV…]", "Print changes of flavours and drivers as they happen", "Jcb", 0, -1,
	  verb_monitor },
	{ "doctor", "", "Check the machine for VFIO; exit with 1 if something is wrong", "Jqb", 0, 0,
	  verb_doctor },
};

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	complain("Unknown verb \"%s\". See flavourctl --help.", name);
	return NULL;
}

static int help(void)
{
	size_t i;

	puts("flavourctl [VERB [OPTION…] [ARGUMENT…]]\n"
	     "PCI passthrough: bind PCI devices to VFIO, to their native driver, or to none.\n");
	for (i = 0; i < ARRAY_LEN(verbs); i++)
		printf("  %-8s %-*s %s\n", verbs[i].name, 15 + !!strstr(verbs[i].args, "…") * 2,
		       verbs[i].args, verbs[i].summary);
	puts("\nA device is an address (0000:01:00.0, 01:00.0), an ID (15b3:101e), a network\n"
	     "interface (eth2), a block device (/dev/nvme0n1), vfs-of:01:00.0, or a glob (0000:3b:*).\n"
	     "\n"
	     "Exit codes: 0 done, 1 failed, 2 usage, 3 no such device, 4 some done and some not.\n"
	     "flavourctl VERB --help lists a verb's options; see also flavourctl(8).");
	return CTL_DONE;
}

static int version(void)
{
	printf("flavourctl %s, libflavour %s\n", VERSION, flavour_version());
	return CTL_DONE;
}

/* --list-*: what the shell's completion asks */
static int list_verbs(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verbs); i++)
		puts(verbs[i].name);
	return CTL_DONE;
}

static int list_options(const char *name)
{
	const struct verb *verb = find_verb(name);

	if (!verb)
		return CTL_USAGE;
	options_list(verb);
	return CTL_DONE;
}

static void list_device(struct flavour_device *dev)
{
	size_t i;

	puts(flavour_device_address(dev));
	for (i = 0; i < flavour_device_netif_count(dev); i++)
		puts(flavour_device_netif(dev, i));
	for (i = 0; i < flavour_device_disk_count(dev); i++)
		printf("/dev/%s\n", flavour_device_disk(dev, i));
	if (flavour_device_num_vfs(dev))
		printf("vfs-of:%s\n", flavour_device_address(dev));
}

static int list_devices(struct ctl *ctl)
{
	int status = ctl_devices(ctl);
	size_t i;

	for (i = 0; !status && i < flavour_devices_count(ctl->all); i++)
		list_device(flavour_devices_get(ctl->all, i));
	return status;
}

static int choose_backend(struct ctl *ctl)
{
	static const char *const names[] = { "auto", "kernel", "override" };
	size_t i;

	for (i = 0; ctl->opt.backend && i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], ctl->opt.backend))
			break;
	if (!ctl->opt.backend)
		return CTL_DONE;
	if (i == ARRAY_LEN(names)) {
		complain("Unknown backend \"%s\": use auto, kernel or override.",
			 ctl->opt.backend);
		return CTL_USAGE;
	}
	if (flavour_ctx_set_backend(ctl->ctx, (enum flavour_backend)i))
		return complain_ctx(ctl);
	return CTL_DONE;
}

static int run_verb(struct ctl *ctl, int argc, char **argv)
{
	const struct verb *verb = ctl->verb;
	int first = options_parse(ctl, argc, argv), status;

	if (first < 0)
		return CTL_USAGE;
	if (ctl->opt.help) {
		options_help(verb);
		return CTL_DONE;
	}
	argc -= first;
	if (argc < verb->min_args || (verb->max_args >= 0 && argc > verb->max_args)) {
		complain("Too %s arguments. Usage: flavourctl %s [OPTION…] %s",
			 argc < verb->min_args ? "few" : "many", verb->name, verb->args);
		return CTL_USAGE;
	}
	if (ctl->opt.json)
		clean_for_json();
	status = choose_backend(ctl);
	return status ? status : verb->run(ctl, argc, argv + first);
}

static int dispatch(struct ctl *ctl, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "list";

	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return help();
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		return version();
	if (!strcmp(word, "--list-verbs"))
		return list_verbs();
	if (!strcmp(word, "--list-options") && argc > 2)
		return list_options(argv[2]);
	if (!strcmp(word, "--list-devices"))
		return list_devices(ctl);
	if (argc < 2 || *word == '-') {
		ctl->verb = &verbs[0];
		return run_verb(ctl, argc, argv);
	}
	ctl->verb = find_verb(word);
	return ctl->verb ? run_verb(ctl, argc - 1, argv + 1) : CTL_USAGE;
}

/*
 * If a standard descriptor is closed, the next file that is opened would get its
 * number, and the output.
 */
static void open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct ctl ctl = { 0 };
	int status;

	open_standard();
	setlocale(LC_CTYPE, "");
	clean_output();
	if (flavour_ctx_new(&ctl.ctx))
		return complain_oom();
	status = finish_output(dispatch(&ctl, argc, argv));
	flavour_groups_free(ctl.groups);
	flavour_devices_free(ctl.all);
	names_free(ctl.names);
	flavour_ctx_free(ctl.ctx);
	stop_release();
	return status;
}
