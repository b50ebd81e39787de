// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON values, made and printed. */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

/* A record cannot do without itself; of what is in it, null says enough. */
static struct json_object *or_exit(struct json_object *json)
{
	if (!json)
		exit(complain_oom());
	return json;
}

struct json_object *json_new_object(void)
{
	return or_exit(json_object_new_object());
}

struct json_object *json_new_array(void)
{
	return or_exit(json_object_new_array());
}

struct json_object *json_text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

struct json_object *json_take(char *text)
{
	struct json_object *value = json_text(text);

	free(text);
	return value;
}

struct json_object *json_number_or_null(long long number)
{
	return number < 0 ? NULL : json_object_new_int64(number);
}

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add_ex(object, key, value, JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

int print_json(const char *name, struct json_object *value)
{
	struct json_object *root = json_new_object();
	const char *text;

	json_add(root, "version", json_object_new_int(1));
	json_add(root, name, value);
	text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		puts(text);
	json_object_put(root);
	return text ? CTL_DONE : complain_oom();
}
