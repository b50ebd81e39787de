/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FLAVOURCTL_DOCTOR_H
#define FLAVOURCTL_DOCTOR_H

#include "json.h"

struct json_object *check_json(const struct flavour_check *check);

#endif
