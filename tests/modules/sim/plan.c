// SPDX-License-Identifier: GPL-2.0-only
/*
 * What functions there shall be, a line each: a description, "id=15b3:101e n=8",
 * or a dump as `lspci -xxxx` prints it. README.md has it in full.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "test_sim.h"

/* One line's words. */
struct description {
	u32 vendor, device, subvendor, subdevice, class, revision;
	u64 bar, dsn;
	u32 n;
	u32 reg, value;
	bool pm, flr;
};

static int parse_pair(const char *text, u32 *a, u32 *b)
{
	return sscanf(text, "%4x:%4x", a, b) == 2 ? 0 : -EINVAL;
}

/* Behind all capabilities that there may be. */
static int parse_register(const char *text, struct description *d)
{
	if (sscanf(text, "%2x:%8x", &d->reg, &d->value) != 2)
		return -EINVAL;
	return d->reg >= 0xc0 && !(d->reg % 4) ? 0 : -EINVAL;
}

static int parse_word(struct description *d, char *word)
{
	char *value = strchr(word, '=');

	if (!strcmp(word, "pm")) {
		d->pm = true;
		return 0;
	}
	if (!strcmp(word, "flr")) {
		d->flr = true;
		return 0;
	}
	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "id"))
		return parse_pair(value, &d->vendor, &d->device);
	if (!strcmp(word, "sub"))
		return parse_pair(value, &d->subvendor, &d->subdevice);
	if (!strcmp(word, "class"))
		return kstrtou32(value, 16, &d->class);
	if (!strcmp(word, "rev"))
		return kstrtou32(value, 16, &d->revision);
	if (!strcmp(word, "dsn"))
		return kstrtou64(value, 16, &d->dsn);
	if (!strcmp(word, "reg"))
		return parse_register(value, d);
	if (!strcmp(word, "n"))
		return kstrtou32(value, 10, &d->n);
	if (strcmp(word, "bar"))
		return -EINVAL;
	d->bar = memparse(value, NULL);
	return d->bar >= SZ_4K && is_power_of_2(d->bar) ? 0 : -EINVAL;
}

static struct sim_function *add_function(struct sim_plan *plan)
{
	struct sim_function *fn;

	if (plan->n == SIM_MAX_FUNCTIONS)
		return ERR_PTR(-E2BIG);
	fn = sim_function_new();
	if (!fn)
		return ERR_PTR(-ENOMEM);
	plan->fn[plan->n++] = fn;
	return fn;
}

static int add_described(struct sim_plan *plan, const struct description *d)
{
	struct sim_function *fn;
	u32 i;

	for (i = 0; i < d->n; i++) {
		fn = add_function(plan);
		if (IS_ERR(fn))
			return PTR_ERR(fn);
		sim_function_set16(fn, PCI_VENDOR_ID, d->vendor);
		sim_function_set16(fn, PCI_DEVICE_ID, d->device);
		sim_function_set16(fn, PCI_SUBSYSTEM_VENDOR_ID, d->subvendor);
		sim_function_set16(fn, PCI_SUBSYSTEM_ID, d->subdevice);
		sim_function_set32(fn, PCI_CLASS_REVISION, d->class << 8 | (d->revision & 0xff));
		if (d->reg)
			sim_function_add_register(fn, d->reg, d->value);
		if (d->bar)
			sim_function_add_bar(fn, d->bar);
		sim_function_finish(fn, d->pm, d->flr, d->dsn ? d->dsn + i : 0);
	}
	return 0;
}

static int parse_description(struct sim_plan *plan, char *line)
{
	struct description d = { .n = 1 };
	char *word;
	int ret;

	while ((word = strsep(&line, " \t"))) {
		ret = *word ? parse_word(&d, word) : 0;
		if (ret)
			return ret;
	}
	return d.vendor ? add_described(plan, &d) : -EINVAL;
}

/* "00: b3 15 1e 10 …": does it begin with a number and a colon and a blank? */
static bool is_dump(const char *line)
{
	size_t digits = 0;

	while (isxdigit(line[digits]))
		digits++;
	return digits >= 2 && digits <= 3 && line[digits] == ':' && line[digits + 1] == ' ';
}

static int parse_dump(struct sim_plan *plan, char *line)
{
	char *number = strsep(&line, ":"), *byte;
	struct sim_function *fn;
	u32 where;
	u8 value;

	if (kstrtou32(number, 16, &where))
		return -EINVAL;
	fn = where ? plan->n ? plan->fn[plan->n - 1] : ERR_PTR(-EINVAL) : add_function(plan);
	if (IS_ERR(fn))
		return PTR_ERR(fn);
	while ((byte = strsep(&line, " \t"))) {
		if (!*byte)
			continue;
		if (where >= PCI_CFG_SPACE_EXP_SIZE || kstrtou8(byte, 16, &value))
			return -EINVAL;
		fn->cfg[where++] = value;
	}
	return 0;
}

/* No BAR of a dump says how large it is; without one, nothing has to be moved. */
static void finish_dump(struct sim_function *fn)
{
	memset(fn->cfg + PCI_BASE_ADDRESS_0, 0, 24);
	memset(fn->cfg + PCI_ROM_ADDRESS, 0, 4);
	fn->cfg[PCI_COMMAND] = 0;
	fn->cfg[PCI_COMMAND + 1] = 0;
	sim_function_finish(fn, false, false, 0);
}

/* "3b:00.0 Ethernet controller: …" stands before a dump, and is not needed. */
static bool is_heading(const char *line)
{
	unsigned int a, b, c, d;

	return sscanf(line, "%x:%x.%x ", &a, &b, &c) == 3 ||
	       sscanf(line, "%x:%x:%x.%x ", &a, &b, &c, &d) == 4;
}

static int parse_line(struct sim_plan *plan, char *line, bool *dumping)
{
	bool dump = is_dump(line);

	/* A dump ends where the next one, or anything else, begins. */
	if (*dumping && (!dump || !strncmp(line, "00:", 3)))
		finish_dump(plan->fn[plan->n - 1]);
	*dumping = dump;
	if (dump)
		return parse_dump(plan, line);
	if (!*line || *line == '#' || is_heading(line))
		return 0;
	return parse_description(plan, line);
}

/**
 * sim_plan_parse - read a plan
 * @plan: an empty one; sim_plan_free() it, also on failure
 * @text: many lines; cut up
 *
 * Return: 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int sim_plan_parse(struct sim_plan *plan, char *text)
{
	bool dumping = false;
	int ret = 0, n = 0;
	char *line;

	while (!ret && (line = strsep(&text, "\n"))) {
		n++;
		ret = parse_line(plan, line, &dumping);
	}
	if (ret) {
		pr_err("line %d of the plan: %pe\n", n, ERR_PTR(ret));
		return ret;
	}
	if (dumping)
		finish_dump(plan->fn[plan->n - 1]);
	sim_function_chain(plan);
	return plan->n ? 0 : -EINVAL;
}

/**
 * sim_plan_free - let the functions go
 * @plan: empty afterwards
 */
void sim_plan_free(struct sim_plan *plan)
{
	while (plan->n)
		kfree(plan->fn[--plan->n]);
}
