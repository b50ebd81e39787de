// SPDX-License-Identifier: GPL-2.0-or-later
/* rule: the lines of the policy, added, removed, listed and checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "table.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "vfio id=15b3:101e" is one argument, or two. */
static char *join(int argc, char **argv)
{
	size_t size = 1;
	char *text, *end;
	int i;

	for (i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	for (end = text, i = 0; i < argc; i++)
		end += sprintf(end, "%s%s", i ? " " : "", argv[i]);
	return text;
}

static bool is_bad(const struct flavour_finding *finding)
{
	switch (flavour_finding_kind(finding)) {
	case FLAVOUR_FINDING_WRONG:
	case FLAVOUR_FINDING_SHADOWED:
	case FLAVOUR_FINDING_VITAL:
		return true;
	default:
		return false;
	}
}

/* --- add ------------------------------------------------------------------- */

struct addition {
	struct ctl *ctl;
	const char *file, *text;
	struct flavour_policy *policy;
	const struct flavour_rule *rule;
	struct flavour_findings *findings;
};

/* What there is to say of the new rule, as if it were there. */
static int look_at(struct addition *a)
{
	struct ctl *ctl = a->ctl;
	int status = ctl_devices(ctl);

	if (status)
		return status;
	if (flavour_policy_read(ctl->ctx, &a->policy) < 0)
		return complain_ctx(ctl);
	if (flavour_policy_add(a->policy, a->file, a->text, &a->rule)) {
		complain_ctx(ctl);
		return CTL_USAGE;
	}
	return flavour_findings_new(a->policy, ctl->all, &a->findings) ? complain_ctx(ctl) :
		CTL_DONE;
}

static int refuse_vital(const struct addition *a)
{
	const struct flavour_finding *finding;
	int status = CTL_DONE;
	size_t i;

	for (i = 0; (finding = flavour_findings_get(a->findings, i)); i++) {
		if (flavour_finding_rule(finding) != a->rule ||
		    flavour_finding_kind(finding) != FLAVOUR_FINDING_VITAL)
			continue;
		complain("%s", flavour_finding_text(finding));
		status = CTL_FAILED;
	}
	if (status)
		complain("Nothing was added. Make the rule more specific, or add a native rule "
			 "for that device first; --force adds it anyway.");
	return status;
}

static void tell_notes(const struct addition *a)
{
	const struct flavour_finding *finding;
	size_t i;

	for (i = 0; (finding = flavour_findings_get(a->findings, i)); i++)
		if (flavour_finding_rule(finding) == a->rule)
			printf("%s\n", flavour_finding_text(finding));
}

static int write_rule(const struct addition *a)
{
	int added = flavour_policy_file_add(a->ctl->ctx, a->file, a->text);

	if (added < 0)
		return complain_ctx(a->ctl);
	if (a->ctl->opt.quiet)
		return CTL_DONE;
	if (!added) {
		printf("%s: the rule is already there\n", flavour_rule_file(a->rule));
		return CTL_DONE;
	}
	printf("%s:%u: %s\n", flavour_rule_file(a->rule), flavour_rule_line(a->rule),
	       flavour_rule_text(a->rule));
	tell_notes(a);
	puts("It takes effect at the next boot; \"flavourctl apply\" applies it now.");
	return CTL_DONE;
}

static int rule_add(struct ctl *ctl, int argc, char **argv)
{
	char *text = join(argc, argv);
	struct addition a = {
		.ctl = ctl, .text = text,
		.file = ctl->opt.file ? ctl->opt.file : PERSIST_FILE,
	};
	int status = text ? look_at(&a) : complain_oom();

	if (!status && !ctl->opt.force)
		status = refuse_vital(&a);
	if (!status)
		status = write_rule(&a);
	flavour_findings_free(a.findings);
	flavour_policy_free(a.policy);
	free(text);
	return status;
}

/* --- remove ---------------------------------------------------------------- */

/* A file of /etc is the administrator's; others are masked, not edited. */
static bool is_editable(const struct ctl *ctl, const struct flavour_rule *rule)
{
	const char *etc = flavour_ctx_root(ctl->ctx, FLAVOUR_ROOT_ETC);

	return !strncmp(flavour_rule_file(rule), etc, strlen(etc));
}

/* Removes it from the file of @rule, where it may stand more than once. */
static int remove_from(struct ctl *ctl, const struct flavour_rule *rule, int *removed)
{
	const char *file = base_name(flavour_rule_file(rule));
	int count;

	if (!is_editable(ctl, rule)) {
		complain("%s:%u is outside of /etc, and is not edited. To disable it, make an "
			 "empty file %s in /etc/driver-flavour.d.", flavour_rule_file(rule),
			 flavour_rule_line(rule), file);
		return CTL_FAILED;
	}
	count = flavour_policy_file_remove(ctl->ctx, file, flavour_rule_text(rule));
	if (count < 0)
		return complain_ctx(ctl);
	if (count && !ctl->opt.quiet)
		printf("%s: removed %s\n", flavour_rule_file(rule), flavour_rule_text(rule));
	*removed += count;
	return CTL_DONE;
}

static int remove_all(struct ctl *ctl, const struct flavour_policy *policy,
		      const struct flavour_rule *wanted, int *removed)
{
	const struct flavour_rule *rule;
	int status = CTL_DONE;
	size_t i;

	for (i = 0; !status && (rule = flavour_policy_rule(policy, i)); i++) {
		if (strcmp(flavour_rule_text(rule), flavour_rule_text(wanted)))
			continue;
		if (!ctl->opt.file || !strcmp(base_name(flavour_rule_file(rule)), ctl->opt.file))
			status = remove_from(ctl, rule, removed);
	}
	return status;
}

/* The text as the library writes it: what is compared. */
static int parse(struct ctl *ctl, const char *text, struct flavour_policy **parsed,
		 const struct flavour_rule **rule)
{
	if (flavour_policy_new(ctl->ctx, parsed))
		return complain_ctx(ctl);
	if (!flavour_policy_add(*parsed, PERSIST_FILE, text, rule))
		return CTL_DONE;
	complain_ctx(ctl);
	return CTL_USAGE;
}

static int rule_remove(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_policy *policy = NULL, *parsed = NULL;
	const struct flavour_rule *wanted = NULL;
	char *text = join(argc, argv);
	int removed = 0, status = text ? parse(ctl, text, &parsed, &wanted) : complain_oom();

	if (!status && flavour_policy_read(ctl->ctx, &policy) < 0)
		status = complain_ctx(ctl);
	if (!status)
		status = remove_all(ctl, policy, wanted, &removed);
	if (!status && !removed) {
		complain("There is no rule \"%s\"%s%s. See flavourctl rule list.",
			 flavour_rule_text(wanted), ctl->opt.file ? " in " : "",
			 ctl->opt.file ? ctl->opt.file : "");
		status = CTL_FAILED;
	}
	if (!status && !ctl->opt.quiet)
		puts("Present devices keep their flavour; \"flavourctl reset\" gives them back.");
	flavour_policy_free(policy);
	flavour_policy_free(parsed);
	free(text);
	return status;
}

/* --- list ------------------------------------------------------------------ */

struct row {
	const struct flavour_rule *rule;
	const struct flavour_policy *policy;
};

static struct json_object *get_file(struct ctl *ctl, void *row)
{
	return json_text(flavour_rule_file(((struct row *)row)->rule));
}

static struct json_object *get_line(struct ctl *ctl, void *row)
{
	return json_object_new_int((int)flavour_rule_line(((struct row *)row)->rule));
}

static struct json_object *get_flavour(struct ctl *ctl, void *row)
{
	return json_text(flavour_name(flavour_rule_flavour(((struct row *)row)->rule)));
}

static struct json_object *get_rule(struct ctl *ctl, void *row)
{
	return json_text(flavour_rule_text(((struct row *)row)->rule));
}

/* Those that it decides on. */
static struct json_object *get_devices(struct ctl *ctl, void *data)
{
	struct json_object *array = json_new_array();
	const struct row *row = data;
	size_t i;

	for (i = 0; i < flavour_devices_count(ctl->all); i++) {
		struct flavour_device *dev = flavour_devices_get(ctl->all, i);

		if (flavour_rule_matches(row->rule, dev) && !flavour_device_is_bridge(dev) &&
		    flavour_policy_match(row->policy, dev) == row->rule)
			json_object_array_add(array, json_text(flavour_device_address(dev)));
	}
	return array;
}

static const struct column columns[] = {
	{ "file", COLUMN_SHOWN, get_file },
	{ "line", COLUMN_SHOWN | COLUMN_RIGHT, get_line },
	{ "flavour", 0, get_flavour },
	{ "rule", COLUMN_SHOWN, get_rule },
	{ "devices", COLUMN_SHOWN | COLUMN_LINES, get_devices },
};

static int complain_errors(const struct flavour_policy *policy)
{
	const char *text;
	size_t i;

	for (i = 0; (text = flavour_policy_error(policy, i)); i++)
		complain("%s", text);
	return i ? CTL_PARTLY : CTL_DONE;
}

static int print_list(struct ctl *ctl, const struct flavour_policy *policy)
{
	struct records records;
	struct row row = { .policy = policy };
	int status = records_init(&records, ctl, "rules", columns, ARRAY_LEN(columns));
	size_t i;

	if (!status)
		status = records_as_table(&records, ctl);
	for (i = 0; !status && (row.rule = flavour_policy_rule(policy, i)); i++)
		status = records_add(&records, ctl, &row);
	if (!status)
		status = records_print(&records, ctl);
	records_free(&records);
	return status;
}

static int rule_list(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_policy *policy = NULL;
	int status = ctl_devices(ctl);

	if (!status && flavour_policy_read(ctl->ctx, &policy) < 0)
		status = complain_ctx(ctl);
	if (!status)
		status = print_list(ctl, policy);
	if (!status)
		status = complain_errors(policy);
	flavour_policy_free(policy);
	return status;
}

/* --- check ----------------------------------------------------------------- */

static const char *kind_word(const struct flavour_finding *finding)
{
	static const char *const words[] = {
		[FLAVOUR_FINDING_WRONG] = "wrong",
		[FLAVOUR_FINDING_SHADOWED] = "shadowed",
		[FLAVOUR_FINDING_VITAL] = "vital",
		[FLAVOUR_FINDING_OVERRULED] = "overruled",
		[FLAVOUR_FINDING_SKIPPED] = "skipped",
		[FLAVOUR_FINDING_NO_DEVICE] = "no_device",
	};

	return words[flavour_finding_kind(finding)];
}

static struct json_object *finding_json(const struct flavour_finding *finding)
{
	const struct flavour_rule *rule = flavour_finding_rule(finding);
	struct json_object *json = json_new_object();

	json_add(json, "kind", json_text(kind_word(finding)));
	json_add(json, "bad", json_object_new_boolean(is_bad(finding)));
	json_add(json, "file", json_text(rule ? flavour_rule_file(rule) : NULL));
	json_add(json, "line", rule ? json_object_new_int((int)flavour_rule_line(rule)) : NULL);
	json_add(json, "text", json_text(flavour_finding_text(finding)));
	return json;
}

static int print_findings(const struct ctl *ctl, const struct flavour_findings *findings)
{
	struct json_object *array = ctl->opt.json ? json_new_array() : NULL;
	const struct flavour_finding *finding;
	size_t i;

	for (i = 0; (finding = flavour_findings_get(findings, i)); i++) {
		if (array)
			json_object_array_add(array, finding_json(finding));
		else if (is_bad(finding) || !ctl->opt.quiet)
			printf("%-4s  %s\n", is_bad(finding) ? "bad" : "note",
			       flavour_finding_text(finding));
	}
	return array ? print_json("findings", array) : CTL_DONE;
}

static int rule_check(struct ctl *ctl, int argc, char **argv)
{
	struct flavour_findings *findings = NULL;
	const struct flavour_finding *finding;
	struct flavour_policy *policy = NULL;
	int status = ctl_devices(ctl);
	size_t i;

	if (!status && flavour_policy_read(ctl->ctx, &policy) < 0)
		status = complain_ctx(ctl);
	if (!status && flavour_findings_new(policy, ctl->all, &findings))
		status = complain_ctx(ctl);
	if (!status)
		status = print_findings(ctl, findings);
	for (i = 0; !status && (finding = flavour_findings_get(findings, i)); i++)
		if (is_bad(finding))
			status = CTL_FAILED;
	flavour_findings_free(findings);
	flavour_policy_free(policy);
	return status;
}

/* --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool wants_rule;
	int (*run)(struct ctl *ctl, int argc, char **argv);
} words[] = {
	{ "add", true, rule_add },
	{ "remove", true, rule_remove },
	{ "list", false, rule_list },
	{ "check", false, rule_check },
};

int verb_rule(struct ctl *ctl, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].name, argv[0]))
			continue;
		if (words[i].wants_rule == (argc > 1))
			return words[i].run(ctl, argc - 1, argv + 1);
		complain("Usage: flavourctl rule %s%s", words[i].name,
			 words[i].wants_rule ? " FLAVOUR KEY=GLOB…" : "");
		return CTL_USAGE;
	}
	complain("There is no \"rule %s\": use add, remove, list or check.", argv[0]);
	return CTL_USAGE;
}
