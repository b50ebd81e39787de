/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses a device, and would be hurt if it were taken away.
 *
 * May use: base, device
 * Used by: plan, policy, context.c
 */
#ifndef FLAVOUR_USE_H
#define FLAVOUR_USE_H

#include "device/device.h"

/*
 * The device nodes there are, and which process has which one open, for all
 * devices asked about; all zero is not looked for yet. open.c
 */
struct openers {
	struct node *nodes;
	struct opener *v;
	size_t node_count, count;
	bool nodes_known, known;
	int node_error, error;
	unsigned int vfio_major;	/* of the nodes of VFIO devices */
};

/* Workers that want to know at the same time share a look. */
struct looks {
	pthread_mutex_t lock;
	pthread_cond_t ended_one;
	unsigned long begun, ended;	/* lock */
	struct openers openers;		/* lock; as of the last one that ended */
};

struct flavour_use {
	enum flavour_use_kinds kind;
	char *text, *subject;
	int pid;
	bool vital;
	bool waits;		/* an unbind would wait for it indefinitely */
};

struct flavour_uses {
	struct flavour_use **v;
	size_t count;
};

/* vfio.c */
bool vfio_node_is_of_sibling(struct flavour_device *dev, const char *real);
unsigned int vfio_node_major(const struct flavour_ctx *ctx);
char *vfio_node_real(const char *sysfs, int dir, const char *file, unsigned int minor);

void openers_look(struct openers *openers, const struct flavour_ctx *ctx);
void openers_clear(struct openers *openers);
struct openers *openers_of(const struct flavour_devices *together);
struct looks *looks_new(void);
void looks_free(struct looks *looks);
void uses_mark_vital(struct flavour_uses *uses, const char *where);
int uses_add(struct flavour_uses *uses, enum flavour_use_kinds kind, const char *subject, int pid,
	     const char *fmt, ...) PRINTF(5, 6);
int uses_of(struct flavour_device *dev, const struct flavour_devices *together,
	    struct openers *openers, struct flavour_uses **ret_uses);
int uses_add_disks(struct flavour_uses *uses, struct flavour_device *dev);
int uses_add_netifs(struct flavour_uses *uses, struct flavour_device *dev);
int uses_add_openers(struct flavour_uses *uses, struct flavour_device *dev,
		     struct openers *openers);
int uses_add_display(struct flavour_uses *uses, struct flavour_device *dev,
		     const struct flavour_devices *together);
int uses_add_keyboard(struct flavour_uses *uses, struct flavour_device *dev,
		      const struct flavour_devices *together);

#endif
