/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_CHANGE_H
#define FLAVOUR_CHANGE_H

#include <linux/types.h>

struct request;

int flavour_change(struct request *req);
int flavour_claim(struct request *req, bool ask);

#endif
