/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine made of files, and a kernel made of one function: it does to the
 * tree what the real one does on a write to sysfs.
 */
#ifndef TESTS_UNIT_FAKE_H
#define TESTS_UNIT_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Before cmocka.h, which makes a macro of "fail". */
#include "module/module.h"
#include "policy/policy.h"

#include <cmocka.h>

#define ID_NIC    "pci:v000015B3d0000101Esv000015B3sd00000058bc02sc00i00"
#define ID_NVME   "pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02"
#define ID_BRIDGE "pci:v00008086d00003420sv00000000sd00000000bc06sc04i00"
#define ID_VGA    "pci:v000010DEd00001EB8sv000010DEsd000012A2bc03sc00i00"

/* modules.alias of a machine with three overlapping VFIO modules. */
#define ALIASES \
	"# Aliases extracted from modules themselves.\n" \
	"alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n" \
	"alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n" \
	"alias vfio_pci:v000015B3d0000101Esv000015B3sd00000058bc*sc*i* narrow_vfio_pci\n" \
	"alias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core\n" \
	"alias pci:v*d*sv*sd*bc01sc08i02* nvme\n" \
	"alias pci:v*d*sv*sd*bc01sc08i02 nvme\n"

struct fake_rule {
	char *what;		/* "bind DRIVER", "load MODULE", "write ATTR" */
	int error;
};

struct fake {
	char *dir;
	struct flavour_ctx *ctx;
	struct strv log;	/* what was written: "ATTR TEXT", and "load MODULE" */
	struct fake_rule rules[8];
	size_t rule_count;
	const char *hangs;	/* a write to this attribute does not return */
	bool deaf;		/* nor does a signal end that */
	void (*while_loading)(struct fake *fake);	/* what happens meanwhile */
	pthread_mutex_t lock;
};

struct fake *fake_new(void);
void fake_free(struct fake *fake);
void fake_forget(struct fake *fake);

/* Paths are relative to the fake root: "sys/…", "proc/…", "etc/…", "modules/…". */
void fake_file(struct fake *fake, const char *path, const char *text);
void fake_bytes(struct fake *fake, const char *path, const void *bytes, size_t size);
void fake_dir(struct fake *fake, const char *path);
void fake_link(struct fake *fake, const char *path, const char *target);
void fake_remove(struct fake *fake, const char *path);

/* A device below @parent (NULL: on the root bus), in IOMMU group @group if that is >= 0. */
void fake_device(struct fake *fake, const char *address, const char *modalias,
		 const char *parent, int group);
void fake_attr(struct fake *fake, const char *address, const char *attr, const char *text);
void fake_driver(struct fake *fake, const char *driver, const char *module);
void fake_bind(struct fake *fake, const char *address, const char *driver);

/* A device node of the device at @real, with the number of @like, one of this machine's. */
void fake_node(struct fake *fake, const char *real, const char *name, const char *like);
/* The process @pid has it open. */
void fake_open(struct fake *fake, int pid, const char *comm, const char *like);
void fake_close(struct fake *fake, int pid);

/* From now on this fails: "bind vfio-pci", "load mlx5_vfio_pci", "write driver_override". */
void fake_fail(struct fake *fake, const char *what, int error);
bool fake_logged(const struct fake *fake, const char *entry);

/* Turns the kernel module on: driver_flavour attributes of all devices there are. */
void fake_kernel_module(struct fake *fake);

struct flavour_device *fake_get(struct fake *fake, const char *address);

#define assert_contains(text, part) assert_non_null(strstr((text), (part)))

#endif
