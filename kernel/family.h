/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FLAVOUR_FAMILY_H
#define FLAVOUR_FAMILY_H

struct cred;
struct group_info;

struct group_info *flavour_family_new(void);
void flavour_family_put(struct group_info *family);
void flavour_family_enter(struct group_info *family, struct cred *new);
void flavour_family_kill(const struct group_info *family);

#endif
