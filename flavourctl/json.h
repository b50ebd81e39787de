/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FLAVOURCTL_JSON_H
#define FLAVOURCTL_JSON_H

#include <json-c/json.h>

#include "ctl.h"

/* {"version": 1, NAME: VALUE}; takes VALUE over */
int print_json(const char *name, struct json_object *value);

/* These exit when out of memory. */
struct json_object *json_new_object(void);
struct json_object *json_new_array(void);

/* NULL is JSON's null */
struct json_object *json_text(const char *text);
struct json_object *json_take(char *text);
struct json_object *json_number_or_null(long long number);
void json_add(struct json_object *object, const char *key, struct json_object *value);

#endif
