/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that can be said of a device. */
#ifndef FLAVOURCTL_DEVICE_COLUMNS_H
#define FLAVOURCTL_DEVICE_COLUMNS_H

#include "table.h"

extern const struct column device_columns[];
extern const size_t device_column_count;

#endif
