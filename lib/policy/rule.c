// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One rule: "FLAVOUR key=glob …". Globs are fnmatch()'s without escapes, since
 * ACPI paths hold backslashes; all but modalias= ignore case.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"

#define GLOB "*?[]!^-"
#define HEX "0123456789abcdefABCDEF"

static const struct {
	const char *name;
	const char *allowed;	/* characters of its value; NULL: all */
	const char *form;
} keys[RULE_KEYS] = {
	[RULE_ADDRESS]  = { "address", HEX ":." GLOB, "an address such as 0000:3b:00.0 or 0000:3b:*" },
	[RULE_ID]       = { "id", HEX ":" GLOB, "an ID such as 15b3:101e or 15b3:101e:15b3:0058" },
	[RULE_CLASS]    = { "class", HEX "*?", "a class such as 0300, 020000 or 02*" },
	[RULE_MODALIAS] = { "modalias", NULL, "a modalias such as pci:v000015B3d0000101E*" },
	[RULE_PHYSFN]   = { "physfn", HEX ":." GLOB, "the address of a PF such as 0000:3b:00.0" },
	[RULE_DSN]      = { "dsn", HEX GLOB, "a serial number such as 00-11-22-ff-fe-33-44-55" },
	[RULE_PATH]     = { "path", NULL, "a path such as pci0000:00/1c.0/00.0, or a slot" },
};

struct span {
	const char *at;
	size_t len;
};

static int rule_fail(struct rule_error *error, const char *line, const char *at, const char *fmt,
		     ...) PRINTF(4, 5);

static int rule_fail(struct rule_error *error, const char *line, const char *at, const char *fmt,
		     ...)
{
	va_list args;

	error->column = (unsigned int)(at - line) + 1;
	va_start(args, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

static bool next_word(const char **s, const char *end, struct span *word)
{
	while (*s < end && (**s == ' ' || **s == '\t'))
		(*s)++;
	word->at = *s;
	while (*s < end && **s != ' ' && **s != '\t')
		(*s)++;
	word->len = (size_t)(*s - word->at);
	return word->len;
}

static bool span_is(const struct span *span, const char *text)
{
	return span->len == strlen(text) && !memcmp(span->at, text, span->len);
}

static bool find_key(const struct span *name, enum rule_key *key)
{
	for (*key = 0; *key < RULE_KEYS; (*key)++)
		if (span_is(name, keys[*key].name))
			return true;
	return false;
}

static bool brackets_close(const char *glob)
{
	const char *open = strchr(glob, '[');

	while (open) {
		/* "[]x]" and "[!]x]" hold a bracket. */
		open += 1 + (open[1] == '!' || open[1] == '^');
		if (*open)
			open = strchr(open + 1, ']');
		if (!open || !*open)
			return false;
		open = strchr(open, '[');
	}
	return true;
}

static size_t count_char(const char *s, char c)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

/* A class may end in "*", else it has all digits of the sub class or interface. */
static bool class_is_well_formed(const char *glob)
{
	size_t len = strlen(glob);
	const char *star = strchr(glob, '*');

	if (star)
		return !star[1] && len <= 6;
	return len == 4 || len == 6;
}

/* An address without its domain would match nothing, ever. */
static bool address_is_well_formed(const char *glob)
{
	struct address address;

	return strpbrk(glob, "*?[") || address_parse(glob, &address);
}

/* Two or four numbers, of four digits each where no wildcard stands for some. */
static bool id_is_well_formed(const char *glob)
{
	size_t colons = count_char(glob, ':'), len;

	if (colons != 1 && colons != 3)
		return false;
	for (;; glob += len + 1) {
		len = strcspn(glob, ":");
		if (!memchr(glob, '*', len) && !memchr(glob, '[', len) && len != 4)
			return false;
		if (!glob[len])
			return true;
	}
}

static bool well_formed(enum rule_key key, const char *glob)
{

	if (keys[key].allowed && glob[strspn(glob, keys[key].allowed)])
		return false;
	switch (key) {
	case RULE_ADDRESS:
	case RULE_PHYSFN:
		return address_is_well_formed(glob);
	case RULE_ID:
		return id_is_well_formed(glob);
	case RULE_CLASS:
		return class_is_well_formed(glob);
	case RULE_MODALIAS:
		/* To the kernel module a backslash is an escape. */
		return (starts_with(glob, "pci:") || *glob == '*') && !strchr(glob, '\\');
	default:
		return true;
	}
}

static int add_term(struct flavour_rule *rule, enum rule_key key, char *glob)
{
	struct rule_term *grown;

	grown = reallocarray(rule->terms, rule->count + 1, sizeof(*grown));
	if (!grown) {
		free(glob);
		return -ENOMEM;
	}
	rule->terms = grown;
	grown[rule->count++] = (struct rule_term){
		.key = key,
		.glob = glob,
		.literal = strcspn(glob, "*?["),
		.short_form = (key == RULE_ID && count_char(glob, ':') == 1) ||
			      (key == RULE_CLASS && strlen(glob) == 4 && !strchr(glob, '*')),
	};
	return 0;
}

static int parse_term(struct flavour_rule *rule, const char *line, const struct span *word,
		      struct rule_error *error)
{
	const char *equals = memchr(word->at, '=', word->len);
	struct span name = { word->at, equals ? (size_t)(equals - word->at) : word->len };
	enum rule_key key;
	char *glob;

	if (!equals)
		return rule_fail(error, line, word->at, "\"%.*s\" is not a term: write key=glob.",
				 (int)(word->len > 40 ? 40 : word->len), word->at);
	if (!find_key(&name, &key))
		return rule_fail(error, line, word->at, "There is no key \"%.*s\": use address, "
				 "id, class, modalias, physfn, dsn or path.",
				 (int)(name.len > 40 ? 40 : name.len), name.at);
	glob = strndup(equals + 1, word->len - name.len - 1);
	if (!glob)
		return -ENOMEM;
	if (*glob && brackets_close(glob) && well_formed(key, glob))
		return add_term(rule, key, glob);
	rule_fail(error, line, equals + 1, "%s= needs %s%s.", keys[key].name, keys[key].form,
		  brackets_close(glob) ? "" : ", with its brackets closed");
	free(glob);
	return -EINVAL;
}

static enum flavour parse_flavour(const struct span *word)
{
	enum flavour flavour;

	for (flavour = FLAVOUR_NATIVE; flavour <= FLAVOUR_NONE; flavour++)
		if (span_is(word, flavour_name(flavour)))
			return flavour;
	return FLAVOUR_UNKNOWN;
}

static int parse_words(struct flavour_rule *rule, const char *line, const char *end,
		       struct rule_error *error)
{
	const char *s = line;
	struct span word;
	int failed = 0;

	next_word(&s, end, &word);
	rule->flavour = parse_flavour(&word);
	if (rule->flavour == FLAVOUR_UNKNOWN)
		return rule_fail(error, line, word.at, "\"%.*s\" is not a flavour: a rule starts "
				 "with native, vfio or none.",
				 (int)(word.len > 40 ? 40 : word.len), word.at);
	while (!failed && next_word(&s, end, &word))
		failed = parse_term(rule, line, &word, error);
	if (failed || rule->count)
		return failed;
	return rule_fail(error, line, s, "The rule does not say for which devices it is: add "
			 "key=glob (address=* for all).");
}

static char *rule_to_text(const struct flavour_rule *rule)
{
	struct strv words = { 0 };
	char *text = NULL;
	size_t i;
	int error = strv_add(&words, flavour_name(rule->flavour));

	for (i = 0; !error && i < rule->count; i++)
		error = strv_take(&words, format("%s=%s", keys[rule->terms[i].key].name,
						 rule->terms[i].glob));
	if (!error)
		text = strv_join(&words, " ");
	strv_clear(&words);
	return text;
}

static const char *find_bad_char(const char *line, const char *end)
{
	for (; line < end; line++)
		if (*line != '\t' && iscntrl((unsigned char)*line))
			return line;
	return NULL;
}

/*
 * Reads a line without its newline. A line without a rule (empty, or only a
 * comment) is a success with no rule.
 */
int rule_parse(const char *line, size_t size, struct flavour_rule **rule,
	       struct rule_error *error)
{
	const char *end = line + size, *bad, *comment, *s = line;
	struct span word;
	int failed;

	*rule = NULL;
	if (size && end[-1] == '\r')
		end--;
	comment = memchr(line, '#', (size_t)(end - line));
	end = comment ? comment : end;
	bad = find_bad_char(line, end);
	if (bad)
		return rule_fail(error, line, bad, "A control character (%d) is not allowed here.",
				 *bad);
	if (!next_word(&s, end, &word))
		return 0;
	*rule = calloc(1, sizeof(**rule));
	failed = *rule ? parse_words(*rule, line, end, error) : -ENOMEM;
	if (!failed) {
		(*rule)->text = rule_to_text(*rule);
		failed = (*rule)->text ? 0 : -ENOMEM;
	}
	if (failed) {
		rule_free(*rule);
		*rule = NULL;
	}
	return failed;
}

void rule_free(struct flavour_rule *rule)
{
	size_t i;

	if (!rule)
		return;
	for (i = 0; i < rule->count; i++)
		free(rule->terms[i].glob);
	free(rule->terms);
	free(rule->text);
	free(rule->file);
	free(rule);
}

/* Most rules are out by their first letters, and fnmatch() is slow. */
static bool glob_fits(const struct rule_term *term, const char *text)
{
	if (!text || strncasecmp(term->glob, text, term->literal))
		return false;
	return !fnmatch(term->glob + term->literal, text + term->literal,
			FNM_NOESCAPE | FNM_CASEFOLD);
}

void facts_init(struct rule_facts *facts, struct flavour_device *dev)
{
	*facts = (struct rule_facts){ .dev = dev };
}

/* No device fits an empty text. */
static void read_id(struct rule_facts *facts)
{
	const struct match_id *id = device_match_id(facts->dev);
	const uint32_t *f = id ? id->field : NULL;

	facts->have_id = true;
	if (!f)
		return;
	snprintf(facts->id, sizeof(facts->id), "%04x:%04x", f[0] & 0xffff, f[1] & 0xffff);
	snprintf(facts->full_id, sizeof(facts->full_id), "%s:%04x:%04x", facts->id,
		 f[2] & 0xffff, f[3] & 0xffff);
	snprintf(facts->class_code, sizeof(facts->class_code), "%02x%02x%02x",
		 f[MATCH_BASE_CLASS] & 0xff, f[MATCH_SUB_CLASS] & 0xff,
		 f[MATCH_INTERFACE] & 0xff);
	memcpy(facts->sub_class, facts->class_code, 4);
}

static bool id_fits(const struct rule_term *term, struct rule_facts *facts)
{
	if (!facts->have_id)
		read_id(facts);
	return *facts->id && glob_fits(term, term->short_form ? facts->id : facts->full_id);
}

static bool class_fits(const struct rule_term *term, struct rule_facts *facts)
{
	if (!facts->have_id)
		read_id(facts);
	return *facts->id &&
	       glob_fits(term, term->short_form ? facts->sub_class : facts->class_code);
}

/* As lspci writes it, and as plain hexadecimal. */
static void read_dsn(struct rule_facts *facts)
{
	uint64_t dsn;
	size_t i;

	facts->have_dsn = true;
	if (flavour_device_dsn(facts->dev, &dsn))
		return;
	snprintf(facts->dsn, sizeof(facts->dsn), "%016llx", (unsigned long long)dsn);
	for (i = 0; i < 8; i++)
		snprintf(facts->dashed_dsn + 3 * i, sizeof(facts->dashed_dsn) - 3 * i, "%.2s-",
			 facts->dsn + 2 * i);
	facts->dashed_dsn[23] = '\0';
}

static bool dsn_fits(const struct rule_term *term, struct rule_facts *facts)
{
	if (!facts->have_dsn)
		read_dsn(facts);
	return *facts->dsn && (glob_fits(term, facts->dashed_dsn) || glob_fits(term, facts->dsn));
}

/* Slots are looked through last, and not for what can't be the name of one. */
static bool path_fits(const struct rule_term *term, struct flavour_device *dev)
{
	if (*term->glob == '\\')
		return glob_fits(term, flavour_device_firmware_path(dev));
	if (glob_fits(term, flavour_device_path(dev)))
		return true;
	if (starts_with(term->glob, "pci"))
		return false;
	return glob_fits(term, flavour_device_firmware_path(dev)) ||
	       glob_fits(term, flavour_device_slot(dev));
}

static bool modalias_fits(const struct rule_term *term, struct flavour_device *dev)
{
	const char *modalias = flavour_device_modalias(dev);

	return modalias && !strncmp(term->glob, modalias, term->literal) &&
	       !fnmatch(term->glob + term->literal, modalias + term->literal, FNM_NOESCAPE);
}

static bool term_fits(const struct rule_term *term, struct rule_facts *facts)
{
	switch (term->key) {
	case RULE_ADDRESS:
		return glob_fits(term, facts->dev->address);
	case RULE_ID:
		return id_fits(term, facts);
	case RULE_CLASS:
		return class_fits(term, facts);
	case RULE_MODALIAS:
		return modalias_fits(term, facts->dev);
	case RULE_PHYSFN:
		return glob_fits(term, flavour_device_physfn(facts->dev));
	case RULE_DSN:
		return dsn_fits(term, facts);
	case RULE_PATH:
		return path_fits(term, facts->dev);
	default:
		return false;
	}
}

bool rule_fits(const struct flavour_rule *rule, struct rule_facts *facts)
{
	size_t i;

	for (i = 0; i < rule->count; i++)
		if (!term_fits(&rule->terms[i], facts))
			return false;
	return true;
}

API bool flavour_rule_matches(const struct flavour_rule *rule, struct flavour_device *dev)
{
	struct rule_facts facts;

	facts_init(&facts, dev);
	return rule_fits(rule, &facts);
}

API enum flavour flavour_rule_flavour(const struct flavour_rule *rule)
{
	return rule->flavour;
}

API const char *flavour_rule_text(const struct flavour_rule *rule)
{
	return rule->text;
}

API const char *flavour_rule_file(const struct flavour_rule *rule)
{
	return rule->file ? rule->file : "";
}

API unsigned int flavour_rule_line(const struct flavour_rule *rule)
{
	return rule->line;
}
