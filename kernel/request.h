/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_REQUEST_H
#define FLAVOUR_REQUEST_H

#include "bus.h"

struct flavour_device;
struct request;

int flavour_set(struct device *dev, enum flavour want);

int flavour_request_touch(struct request *req);
void flavour_request_let_go(struct request *req);
void flavour_request_do_all(struct flavour_device *fdev);

#endif
