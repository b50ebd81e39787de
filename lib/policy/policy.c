// SPDX-License-Identifier: LGPL-2.1-or-later
/* The policy: rules from files, and the lines that are wrong. */
#include <errno.h>
#include <string.h>

#include "policy/policy.h"

API int flavour_policy_new(struct flavour_ctx *ctx, struct flavour_policy **ret_policy)
{
	struct flavour_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return ctx_oom(ctx);
	policy->ctx = ctx;
	*ret_policy = policy;
	return 0;
}

API void flavour_policy_free(struct flavour_policy *policy)
{
	size_t i;

	if (!policy)
		return;
	for (i = 0; i < policy->count; i++)
		rule_free(policy->v[i]);
	free(policy->v);
	policy_forget_compiled(policy);
	strv_clear(&policy->errors);
	free(policy);
}

static int add_rule(struct flavour_policy *policy, struct flavour_rule *rule, const char *file,
		    unsigned int line)
{
	size_t room = policy->room ? policy->room * 2 : 16;
	struct flavour_rule **grown;

	rule->line = line;
	rule->file = strdup(file);
	if (rule->file && policy->count == policy->room) {
		grown = reallocarray(policy->v, room, sizeof(*grown));
		if (grown) {
			policy->v = grown;
			policy->room = room;
		}
	}
	if (!rule->file || policy->count == policy->room) {
		rule_free(rule);
		return -ENOMEM;
	}
	policy->v[policy->count++] = rule;
	return 0;
}

static int parse_line(struct flavour_policy *policy, const char *file, unsigned int number,
		      const char *line, size_t size)
{
	struct rule_error wrong;
	struct flavour_rule *rule;
	int error = rule_parse(line, size, &rule, &wrong);

	if (error == -EINVAL)
		return strv_take(&policy->errors, format("%s:%u:%u: %s", file, number,
							 wrong.column, wrong.text));
	if (error || !rule)
		return error;
	return add_rule(policy, rule, file, number);
}

API int flavour_policy_parse(struct flavour_policy *policy, const char *file, const char *text,
			     size_t size)
{
	const char *end = text + size, *newline;
	size_t before = policy->errors.count;
	unsigned int number = 0;
	int error = 0;

	for (; !error && text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		newline = newline ? newline : end;
		error = parse_line(policy, file, ++number, text, (size_t)(newline - text));
	}
	return error ? ctx_oom(policy->ctx) : (int)(policy->errors.count - before);
}

static bool is_conf(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".conf");
}

static const enum flavour_root order[] = {
	FLAVOUR_ROOT_ETC, FLAVOUR_ROOT_RUN, FLAVOUR_ROOT_LOCAL_LIB, FLAVOUR_ROOT_LIB,
};

static int list_files(struct flavour_ctx *ctx, struct strv *files)
{
	struct strv names = { 0 };
	size_t i, j;
	int error = 0;

	for (i = 0; !error && i < ARRAY_LEN(order); i++) {
		AUTOFREE char *dir = ctx_path(ctx, order[i], "driver-flavour.d");

		error = list_dir(dir, &names);
		if (error && error != -ENOENT)
			fail(&ctx->err, -error, "%s can't be read: %s.", dir, strerror(-error));
		error = error == -ENOENT ? 0 : error;
		for (j = 0; !error && j < names.count; j++)
			if (is_conf(names.v[j]) && !strv_has(files, names.v[j]))
				error = strv_add(files, names.v[j]);
		strv_clear(&names);
	}
	strv_sort(files);
	return error;
}

/* Of files of one name the first counts; an empty one, or /dev/null, takes rules away. */
static int read_file(struct flavour_policy *policy, const char *name)
{
	struct flavour_ctx *ctx = policy->ctx;
	size_t i, size;
	int error;

	for (i = 0; i < ARRAY_LEN(order); i++) {
		AUTOFREE char *path = ctx_path(ctx, order[i], "driver-flavour.d/%s", name);
		AUTOFREE char *text = read_text(path, &size);

		error = errno;
		if (text)
			return flavour_policy_parse(policy, path, text, size);
		if (error != ENOENT)
			return path ? strv_take(&policy->errors,
						format("%s:1:1: It can't be read: %s.", path,
						       read_strerror(error))) : ctx_oom(ctx);
	}
	return 0;
}

API int flavour_policy_read(struct flavour_ctx *ctx, struct flavour_policy **ret_policy)
{
	struct flavour_policy *policy;
	struct strv files = { 0 };
	int error = flavour_policy_new(ctx, &policy);
	size_t i;

	if (error)
		return error;
	error = list_files(ctx, &files);
	for (i = 0; error >= 0 && i < files.count; i++)
		error = read_file(policy, files.v[i]);
	strv_clear(&files);
	if (error < 0) {
		flavour_policy_free(policy);
		return error;
	}
	*ret_policy = policy;
	return (int)policy->errors.count;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static unsigned int next_line_of(const char *path)
{
	AUTOFREE char *text = read_text(path, NULL);
	const char *s = text ? text : "";
	unsigned int line = 1;

	for (; *s; s++)
		line += *s == '\n' || !s[1];
	return line;
}

/* Behind the rules of its file and of those before. */
static void move_to_place(struct flavour_policy *policy, const char *name)
{
	struct flavour_rule *rule = policy->v[policy->count - 1];
	size_t at = policy->count - 1;

	while (at && strcmp(base(policy->v[at - 1]->file), name) > 0)
		at--;
	memmove(policy->v + at + 1, policy->v + at, (policy->count - 1 - at) * sizeof(rule));
	policy->v[at] = rule;
}

API int flavour_policy_add(struct flavour_policy *policy, const char *name, const char *rule,
			   const struct flavour_rule **ret_rule)
{
	struct flavour_ctx *ctx = policy->ctx;
	AUTOFREE char *path = ctx_path(ctx, FLAVOUR_ROOT_ETC, "driver-flavour.d/%s", name);
	struct flavour_rule *parsed = NULL;
	int error;

	if (!policy_is_file_name(ctx, name))
		return -EINVAL;
	error = policy_parse_rule(ctx, rule, &parsed);
	if (error)
		return error;
	if (!path || add_rule(policy, parsed, path, next_line_of(path)))
		return ctx_oom(ctx);
	move_to_place(policy, name);
	*ret_rule = parsed;
	return 0;
}

API size_t flavour_policy_error_count(const struct flavour_policy *policy)
{
	return policy->errors.count;
}

API const char *flavour_policy_error(const struct flavour_policy *policy, size_t index)
{
	return strv_get(&policy->errors, index);
}

API size_t flavour_policy_rule_count(const struct flavour_policy *policy)
{
	return policy->count;
}

API const struct flavour_rule *flavour_policy_rule(const struct flavour_policy *policy,
						   size_t index)
{
	return index < policy->count ? policy->v[index] : NULL;
}

const struct flavour_rule *policy_match(const struct flavour_policy *policy,
					struct rule_facts *facts)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (rule_fits(policy->v[i], facts))
			return policy->v[i];
	return NULL;
}

API const struct flavour_rule *flavour_policy_match(const struct flavour_policy *policy,
						    struct flavour_device *dev)
{
	struct rule_facts facts;

	facts_init(&facts, dev);
	return policy_match(policy, &facts);
}
