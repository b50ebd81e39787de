/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_REQUEST_H
#define FLAVOUR_REQUEST_H

#include "flavour.h"

struct device;
struct flavour_device;
struct request;

int flavour_set(struct device *dev, enum flavour want);

struct request *flavour_request_next(struct flavour_device *fdev);
void flavour_request_done(struct request *req, int ret);
int flavour_request_touch(struct request *req);
void flavour_request_let_go(struct request *req);

#endif
