// SPDX-License-Identifier: GPL-2.0-or-later
/* drivers: the installed VFIO drivers, and what they serve. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static struct json_object *get_module(struct ctl *ctl, void *row)
{
	return json_text(flavour_module_name(row));
}

static struct json_object *get_state(struct ctl *ctl, void *row)
{
	static const char *const words[] = {
		[FLAVOUR_MODULE_INSTALLED] = "installed",
		[FLAVOUR_MODULE_LOADED] = "loaded",
		[FLAVOUR_MODULE_BUILTIN] = "builtin",
	};

	if (flavour_module_blacklisted(row) &&
	    flavour_module_state(row) == FLAVOUR_MODULE_INSTALLED)
		return json_text("blacklisted");
	return json_text(words[flavour_module_state(row)]);
}

static struct json_object *get_drivers(struct ctl *ctl, void *row)
{
	struct json_object *array = json_new_array();
	size_t i, count = flavour_module_driver_count(row);

	for (i = 0; i < count; i++)
		json_object_array_add(array, json_text(flavour_module_driver(row, i)));
	return array;
}

/* A field of an alias without its zeros in front; NULL for a wildcard. */
static const char *field(const char *alias, const char *key, char *text, size_t size)
{
	const char *at = strstr(alias, key);
	size_t len;

	at = at ? at + strlen(key) : "*";
	len = strspn(at, "0123456789ABCDEF");
	while (len > 4) {
		at++;
		len--;
	}
	if (!len)
		return NULL;
	snprintf(text, size, "%.*s", (int)len, at);
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'F')
			*text += 'a' - 'A';
	return text - len;
}

/* "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*" as 15b3:101e. */
static char *serves_text(const char *alias)
{
	const char *fields = strchr(alias, ':');
	char v[8], d[8], sv[8], sd[8], bc[8], sc[8];
	const char *vendor, *device, *subvendor, *subdevice, *class, *sub;
	char *text = NULL;
	size_t size;
	FILE *stream;

	fields = fields ? fields + 1 : alias;
	vendor = field(fields, "v", v, sizeof(v));
	device = field(fields, "d", d, sizeof(d));
	subvendor = field(fields, "sv", sv, sizeof(sv));
	subdevice = field(fields, "sd", sd, sizeof(sd));
	class = field(fields, "bc", bc, sizeof(bc));
	sub = field(fields, "sc", sc, sizeof(sc));
	if (!vendor && !device && !subvendor && !subdevice && !class && !sub)
		return strdup("any device");
	stream = open_memstream(&text, &size);
	if (!stream)
		return NULL;
	if (vendor || device)
		fprintf(stream, "%s:%s", vendor ? vendor : "*", device ? device : "*");
	if (subvendor || subdevice)
		fprintf(stream, ":%s:%s", subvendor ? subvendor : "*",
			subdevice ? subdevice : "*");
	if (class)
		fprintf(stream, "%sclass %s%s", ftell(stream) ? " " : "", class, sub ? sub : "");
	fclose(stream);
	return text;
}

static struct json_object *get_serves(struct ctl *ctl, void *row)
{
	struct json_object *array = json_new_array();
	const char *alias;
	size_t i;

	for (i = 0; (alias = flavour_module_alias(row, FLAVOUR_VFIO, i)); i++)
		json_object_array_add(array, json_take(serves_text(alias)));
	return array;
}

static struct json_object *get_aliases(struct ctl *ctl, void *row)
{
	struct json_object *array = json_new_array();
	const char *alias;
	size_t i;

	for (i = 0; (alias = flavour_module_alias(row, FLAVOUR_VFIO, i)); i++)
		json_object_array_add(array, json_text(alias));
	return array;
}

static struct json_object *get_size(struct ctl *ctl, void *row)
{
	return json_object_new_int64((int64_t)flavour_module_size(row));
}

static struct json_object *get_closure_size(struct ctl *ctl, void *row)
{
	return json_object_new_int64((int64_t)flavour_module_closure_size(row));
}

static struct json_object *get_load_size(struct ctl *ctl, void *row)
{
	return json_object_new_int64((int64_t)flavour_module_load_size(row));
}

static struct json_object *get_closure(struct ctl *ctl, void *row)
{
	struct json_object *array = json_new_array();
	size_t i, count = flavour_module_closure_count(row);

	for (i = 0; i < count; i++)
		json_object_array_add(array, json_text(flavour_module_closure(row, i)));
	return array;
}

static struct json_object *get_file(struct ctl *ctl, void *row)
{
	return json_text(flavour_module_path(row));
}

static const struct column columns[] = {
	{ "module", COLUMN_SHOWN, get_module },
	{ "state", COLUMN_SHOWN, get_state },
	{ "drivers", COLUMN_SHOWN, get_drivers },
	{ "size", COLUMN_SHOWN | COLUMN_SIZE, get_size },
	{ "closure_size", COLUMN_SHOWN | COLUMN_SIZE, get_closure_size },
	{ "load_size", COLUMN_SIZE, get_load_size },
	{ "serves", COLUMN_SHOWN | COLUMN_LINES, get_serves },
	{ "closure", COLUMN_LINES, get_closure },
	{ "aliases", COLUMN_LINES, get_aliases },
	{ "file", 0, get_file },
};

static int add_modules(struct records *records, struct ctl *ctl)
{
	struct flavour_modules *modules;
	int status = CTL_DONE;
	size_t i;

	if (flavour_modules_new(ctl->ctx, FLAVOUR_VFIO, &modules))
		return complain_ctx(ctl);
	for (i = 0; !status && i < flavour_modules_count(modules); i++)
		status = records_add(records, ctl, flavour_modules_get(modules, i));
	flavour_modules_free(modules);
	return status;
}

int verb_drivers(struct ctl *ctl, int argc, char **argv)
{
	struct records records;
	int status = records_init(&records, ctl, "drivers", columns, ARRAY_LEN(columns));

	if (!status)
		status = records_as_table(&records, ctl);
	if (!status)
		status = add_modules(&records, ctl);
	if (!status)
		status = records_print(&records, ctl);
	records_free(&records);
	return status;
}
