/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libflavour - which driver may have a PCI device, and making it so
 *
 * Copyright (C) 2026 The driver-flavour authors
 *
 * Errors: a function that returns int returns 0 (or a count, where it says so)
 * or a negative errno. What went wrong, and what to do about it, is a sentence
 * in flavour_ctx_message(); for a plan, in flavour_plan_message().
 *
 * Ownership: what a *_new() or *_read() returns belongs to the caller, who
 * frees it with the *_free() or *_unref() of the same noun. Everything else,
 * strings too, belongs to the object it was asked from and lives as long.
 * Every free function accepts NULL. All objects must be freed before their
 * context.
 *
 * Laziness: an attribute is read from sysfs when it is first asked for and kept;
 * flavour_device_refresh() forgets it. A getter for which there is nothing to
 * say returns NULL, -1 or 0, as documented; a device that was unplugged reads
 * like one without attributes.
 *
 * Threads: a context and all objects made from it may be used by one thread at
 * a time. Two contexts share nothing. flavour_plans_run() starts threads of its
 * own and joins them before it returns; its callback is never called by two
 * threads at once, and must not call into the library except for the getters
 * of the plan it was given.
 */
#ifndef LIBFLAVOUR_H
#define LIBFLAVOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct flavour_ctx;
struct flavour_device;
struct flavour_devices;
struct flavour_group;
struct flavour_groups;
struct flavour_module;
struct flavour_modules;
struct flavour_candidate;
struct flavour_candidates;
struct flavour_use;
struct flavour_uses;
struct flavour_plan;
struct flavour_policy;
struct flavour_rule;
struct flavour_finding;
struct flavour_findings;
struct flavour_check;
struct flavour_checks;

/**
 * enum flavour - which universe of drivers may bind a device
 * @FLAVOUR_UNKNOWN: no answer: the device is gone, or the word is none of these
 * @FLAVOUR_NATIVE: the kernel's normal matching
 * @FLAVOUR_VFIO: drivers that declare a VFIO entry for the device
 * @FLAVOUR_NONE: no driver at all
 *
 * Since: 0.1
 */
enum flavour {
	FLAVOUR_UNKNOWN,
	FLAVOUR_NATIVE,
	FLAVOUR_VFIO,
	FLAVOUR_NONE,
};

/**
 * flavour_name - the word for a flavour, as in sysfs and the policy
 * @flavour: which
 *
 * Return: "native", "vfio" or "none"; "unknown" for anything else. Static.
 * Since: 0.1
 */
const char *flavour_name(enum flavour flavour);

/**
 * flavour_from_name - the flavour for a word
 * @name: the word, in lower case
 *
 * Return: the flavour, FLAVOUR_UNKNOWN if @name is none.
 * Since: 0.1
 */
enum flavour flavour_from_name(const char *name);

/**
 * flavour_version - the version of the library that runs
 *
 * Return: such as "0.1.0". Static.
 * Since: 0.1
 */
const char *flavour_version(void);

/* ---- context: where to look, and how to act --------------------------- */

/**
 * enum flavour_root - a directory that tests and installers move
 * @FLAVOUR_ROOT_SYSFS: /sys; environment FLAVOUR_SYSFS
 * @FLAVOUR_ROOT_PROC: /proc; environment FLAVOUR_PROC
 * @FLAVOUR_ROOT_DEV: /dev; environment FLAVOUR_DEV
 * @FLAVOUR_ROOT_ETC: /etc; environment FLAVOUR_ETC
 * @FLAVOUR_ROOT_RUN: /run; environment FLAVOUR_RUN
 * @FLAVOUR_ROOT_LOCAL_LIB: /usr/local/lib (the same two as of @FLAVOUR_ROOT_LIB);
 *	environment FLAVOUR_LOCAL_LIB
 * @FLAVOUR_ROOT_LIB: /usr/lib (its driver-flavour.d and modprobe.d);
 *	environment FLAVOUR_LIB
 * @FLAVOUR_ROOT_MODULES: /lib/modules/RELEASE of the running kernel;
 *	environment FLAVOUR_MODULES
 *
 * The environment is not looked at in a set-user-ID program.
 *
 * Since: 0.1
 */
enum flavour_root {
	FLAVOUR_ROOT_SYSFS,
	FLAVOUR_ROOT_PROC,
	FLAVOUR_ROOT_DEV,
	FLAVOUR_ROOT_ETC,
	FLAVOUR_ROOT_RUN,
	FLAVOUR_ROOT_LOCAL_LIB,
	FLAVOUR_ROOT_LIB,
	FLAVOUR_ROOT_MODULES,
};

/**
 * enum flavour_backend - how a flavour is set
 * @FLAVOUR_BACKEND_AUTO: the kernel module if it is loaded, else the compat path
 * @FLAVOUR_BACKEND_KERNEL: the kernel module's driver_flavour attribute
 * @FLAVOUR_BACKEND_COMPAT: driver_override, in user space
 *
 * Since: 0.1
 */
enum flavour_backend {
	FLAVOUR_BACKEND_AUTO,
	FLAVOUR_BACKEND_KERNEL,
	FLAVOUR_BACKEND_COMPAT,
};

/**
 * flavour_ctx_new - a context for the running system
 * @ctx: set on success
 *
 * Reads nothing but the environment.
 *
 * Return: 0, or -ENOMEM.
 * Since: 0.1
 */
int flavour_ctx_new(struct flavour_ctx **ctx);

/** flavour_ctx_free - free a context. Since: 0.1 */
void flavour_ctx_free(struct flavour_ctx *ctx);

/**
 * flavour_ctx_message - what the last failed call had to say
 * @ctx: the context
 *
 * Return: one or more whole sentences without a newline; "" if nothing failed
 * yet. Valid until the next call that fails.
 * Since: 0.1
 */
const char *flavour_ctx_message(const struct flavour_ctx *ctx);

/**
 * flavour_ctx_set_root - move one root
 * @ctx: the context; nothing may have been read through it yet
 * @root: which
 * @path: an absolute path, copied
 *
 * Return: 0, -EINVAL (unknown root, relative path), -EBUSY (something was read
 * already) or -ENOMEM.
 * Since: 0.1
 */
int flavour_ctx_set_root(struct flavour_ctx *ctx, enum flavour_root root, const char *path);

/** flavour_ctx_root - where a root is; NULL if @root is unknown. Since: 0.1 */
const char *flavour_ctx_root(const struct flavour_ctx *ctx, enum flavour_root root);

/**
 * flavour_ctx_set_backend - force a backend
 * @ctx: the context
 * @backend: which
 *
 * Return: 0, -EINVAL, or -ENOENT if the kernel module was asked for and is not
 * loaded.
 * Since: 0.1
 */
int flavour_ctx_set_backend(struct flavour_ctx *ctx, enum flavour_backend backend);

/**
 * typedef flavour_stop_fn - is it time to stop?
 * @data: as given to flavour_ctx_set_stop()
 *
 * Since: 0.1
 */
typedef bool (*flavour_stop_fn)(void *data);

/**
 * flavour_ctx_set_stop - be asked whether to go on
 * @ctx: the context
 * @stop: asked before each plan of flavour_plans_run(), by any of its threads but
 *	one at a time, and while waiting for somebody else's change of the policy; NULL
 *	for none
 * @data: for @stop
 *
 * What has begun is finished. A plan that has not is left at -ECANCELED.
 *
 * Since: 0.1
 */
void flavour_ctx_set_stop(struct flavour_ctx *ctx, flavour_stop_fn stop, void *data);

/** flavour_ctx_backend - the backend in use, never AUTO. Since: 0.1 */
enum flavour_backend flavour_ctx_backend(struct flavour_ctx *ctx);

/* ---- devices ---------------------------------------------------------- */

/**
 * struct flavour_pci_id - what a device says it is
 * @vendor: vendor ID
 * @device: device ID
 * @subvendor: subsystem vendor ID
 * @subdevice: subsystem device ID
 * @class_code: base class, sub class, interface: 0x020000 is an Ethernet controller
 *
 * Since: 0.1
 */
struct flavour_pci_id {
	uint32_t vendor;
	uint32_t device;
	uint32_t subvendor;
	uint32_t subdevice;
	uint32_t class_code;
};

/**
 * flavour_devices_new - all PCI devices, in the order of their addresses
 * @ctx: the context
 * @devices: set on success
 *
 * Return: 0, -ENOMEM, or what reading sysfs said. A machine without PCI has an
 * empty set.
 * Since: 0.1
 */
int flavour_devices_new(struct flavour_ctx *ctx, struct flavour_devices **devices);

/**
 * flavour_devices_new_empty - a set to add to
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_new_empty(struct flavour_ctx *ctx, struct flavour_devices **devices);

/**
 * flavour_devices_add - put a device in a set, which takes a reference
 * Return: 1 if it was added, 0 if its address is there already, or -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_add(struct flavour_devices *devices, struct flavour_device *dev);

/** flavour_devices_count - how many. Since: 0.1 */
size_t flavour_devices_count(const struct flavour_devices *devices);

/** flavour_devices_get - the one at @index, NULL past the end. Since: 0.1 */
struct flavour_device *flavour_devices_get(const struct flavour_devices *devices, size_t index);

/** flavour_devices_find - the one with the full @address, or NULL. Since: 0.1 */
struct flavour_device *flavour_devices_find(const struct flavour_devices *devices,
					    const char *address);

/** flavour_devices_free - free a set and drop its references. Since: 0.1 */
void flavour_devices_free(struct flavour_devices *devices);

/**
 * flavour_devices_select - the devices a person means
 * @all: where to look, usually from flavour_devices_new()
 * @text: an address (0000:01:00.0, 01:00.0), an ID (15b3:101e), a network
 *	interface (eth2), a block device (/dev/nvme0n1, a partition, a link to
 *	one), vfs-of:ADDRESS, or a glob over full addresses (0000:3b:*)
 * @found: set on success; shares its devices with @all
 *
 * Return: 0; -EINVAL if @text is none of these forms; -ENODEV if it is, and no
 * device fits; -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_select(const struct flavour_devices *all, const char *text,
			   struct flavour_devices **found);

/**
 * flavour_devices_add_groups - take the IOMMU groups along
 * @devices: the set that grows by the group members of its devices
 * @all: where the members are looked for
 *
 * Bridges are not added: they do not stand in a group's way.
 *
 * Return: how many were added, or -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_add_groups(struct flavour_devices *devices,
			       const struct flavour_devices *all);

/**
 * flavour_device_new - one device by its full address, without enumeration
 * Return: 0, -EINVAL (not an address), -ENODEV (not there) or -ENOMEM.
 * Since: 0.1
 */
int flavour_device_new(struct flavour_ctx *ctx, const char *address,
		       struct flavour_device **dev);

/** flavour_device_ref - take a reference; returns @dev. Since: 0.1 */
struct flavour_device *flavour_device_ref(struct flavour_device *dev);

/** flavour_device_unref - drop one; the last frees the device. Since: 0.1 */
void flavour_device_unref(struct flavour_device *dev);

/** flavour_device_refresh - forget what was read. Since: 0.1 */
void flavour_device_refresh(struct flavour_device *dev);

/** flavour_device_address - such as "0000:01:00.0". Since: 0.1 */
const char *flavour_device_address(const struct flavour_device *dev);

/** flavour_device_present - is it still there? Looked up each time. Since: 0.1 */
bool flavour_device_present(const struct flavour_device *dev);

/**
 * flavour_device_id - what the device is
 * Return: 0, or -ENODEV if it is gone or its modalias can't be read as one.
 * Since: 0.1
 */
int flavour_device_id(struct flavour_device *dev, struct flavour_pci_id *id);

/** flavour_device_revision - revision ID, 0 to 255, -1 if unknown. Since: 0.1 */
int flavour_device_revision(struct flavour_device *dev);

/** flavour_device_modalias - "pci:v…", or NULL. Since: 0.1 */
const char *flavour_device_modalias(struct flavour_device *dev);

/** flavour_device_driver - the bound driver's name, or NULL. Since: 0.1 */
const char *flavour_device_driver(struct flavour_device *dev);

/**
 * flavour_device_override - driver_override
 *
 * Return: the name; NULL if it is unset, or while an unbind of the device waits for
 * user space: reading it would wait as well.
 * Since: 0.1
 */
const char *flavour_device_override(struct flavour_device *dev);

/**
 * flavour_device_driverctl - the driver that driverctl gives it at each boot
 *
 * Out of /etc/driverctl.d, which the policy knows nothing of: whichever comes last
 * at boot decides.
 *
 * Return: a driver's name, or NULL.
 * Since: 0.1
 */
const char *flavour_device_driverctl(struct flavour_device *dev);

/**
 * flavour_device_flavour - the flavour in force
 *
 * Without the kernel module it is told from what is seen: the override "none"
 * is FLAVOUR_NONE; a VFIO driver bound, being unbound, or named by the override,
 * is FLAVOUR_VFIO; all else is FLAVOUR_NATIVE.
 *
 * Return: the flavour, FLAVOUR_UNKNOWN if the device is gone.
 * Since: 0.1
 */
enum flavour flavour_device_flavour(struct flavour_device *dev);

/** flavour_device_group - its IOMMU group's number, -1 if in none. Since: 0.1 */
int flavour_device_group(struct flavour_device *dev);

/** flavour_device_is_bridge - is its header type other than normal? Since: 0.1 */
bool flavour_device_is_bridge(struct flavour_device *dev);

/** flavour_device_parent - address of the bridge above, NULL at a root. Since: 0.1 */
const char *flavour_device_parent(struct flavour_device *dev);

/** flavour_device_physfn - address of a VF's PF, NULL if it is no VF. Since: 0.1 */
const char *flavour_device_physfn(struct flavour_device *dev);

/** flavour_device_num_vfs - VFs enabled, 0 if none. Since: 0.1 */
unsigned int flavour_device_num_vfs(struct flavour_device *dev);

/** flavour_device_total_vfs - VFs it could have, 0 if no PF. Since: 0.1 */
unsigned int flavour_device_total_vfs(struct flavour_device *dev);

/** flavour_device_vf - address of VF @index as it is now, NULL past the end. Since: 0.1 */
const char *flavour_device_vf(struct flavour_device *dev, unsigned int index);

/** flavour_device_reset_methods - such as "flr bus"; NULL if it can't be reset. Since: 0.1 */
const char *flavour_device_reset_methods(struct flavour_device *dev);

/**
 * flavour_device_vfio_group_node - "/dev/vfio/12" of a device bound to a VFIO driver, or
 * being unbound from one; else NULL. Since: 0.1
 */
const char *flavour_device_vfio_group_node(struct flavour_device *dev);

/** flavour_device_vfio_node - "/dev/vfio/devices/vfio0", NULL without a VFIO cdev. Since: 0.1 */
const char *flavour_device_vfio_node(struct flavour_device *dev);

/** flavour_device_numa_node - NUMA node, -1 if unknown. Since: 0.1 */
int flavour_device_numa_node(struct flavour_device *dev);

/**
 * flavour_device_netifs - the network interfaces on it, also below it (USB)
 * Return: names, ended by NULL; never NULL itself.
 * Since: 0.1
 */
const char *const *flavour_device_netifs(struct flavour_device *dev);

/**
 * flavour_device_disks - the whole disks on it, also below it (USB, SCSI), and
 * the multipath disks that have a path through it
 * Return: kernel names such as "nvme0n1", ended by NULL; never NULL itself.
 * Since: 0.1
 */
const char *const *flavour_device_disks(struct flavour_device *dev);

/**
 * flavour_device_dsn - the PCIe Device Serial Number
 * @dsn: set on success
 *
 * Return: 0, -ENOENT if it has none, -EACCES if the extended configuration
 * space can't be read (only root may).
 * Since: 0.1
 */
int flavour_device_dsn(struct flavour_device *dev, uint64_t *dsn);

/**
 * flavour_device_path - the way to it, "pci0000:00/1c.0/00.0": survives renumbered buses.
 * NULL if gone. Since: 0.1
 */
const char *flavour_device_path(struct flavour_device *dev);

/** flavour_device_firmware_path - ACPI path such as "\_SB_.PCI0.RP01.PXSX", or NULL. Since: 0.1 */
const char *flavour_device_firmware_path(struct flavour_device *dev);

/** flavour_device_slot - the name of its physical slot, or NULL. Since: 0.1 */
const char *flavour_device_slot(struct flavour_device *dev);

/* ---- IOMMU groups ----------------------------------------------------- */

/**
 * flavour_groups_new - sort devices by IOMMU group
 * @devices: those of interest; devices in no group are left out
 * @groups: set on success, in the order of their numbers
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_groups_new(const struct flavour_devices *devices, struct flavour_groups **groups);

/** flavour_groups_count - how many. Since: 0.1 */
size_t flavour_groups_count(const struct flavour_groups *groups);

/** flavour_groups_get - the one at @index, NULL past the end. Since: 0.1 */
struct flavour_group *flavour_groups_get(const struct flavour_groups *groups, size_t index);

/** flavour_groups_free - free them. Since: 0.1 */
void flavour_groups_free(struct flavour_groups *groups);

/** flavour_group_number - as in /dev/vfio/NUMBER. Since: 0.1 */
int flavour_group_number(const struct flavour_group *group);

/** flavour_group_type - the default domain's type such as "DMA-FQ", or NULL. Since: 0.1 */
const char *flavour_group_type(struct flavour_group *group);

/** flavour_group_devices - its members; belongs to @group. Since: 0.1 */
const struct flavour_devices *flavour_group_devices(const struct flavour_group *group);

/**
 * flavour_group_blocker - the first member that keeps user space from the group
 *
 * A member stands in the way if a driver is bound to it that does DMA for the
 * kernel: neither a VFIO driver nor one of those VFIO lets be (pcieport,
 * pci-stub).
 *
 * Return: the member, NULL if the group is viable.
 * Since: 0.1
 */
struct flavour_device *flavour_group_blocker(const struct flavour_group *group);

/* ---- modules and candidates ------------------------------------------- */

/**
 * enum flavour_module_state - what has become of a module
 * @FLAVOUR_MODULE_INSTALLED: on disk, not loaded
 * @FLAVOUR_MODULE_LOADED: loaded
 * @FLAVOUR_MODULE_BUILTIN: part of the kernel
 *
 * Since: 0.1
 */
enum flavour_module_state {
	FLAVOUR_MODULE_INSTALLED,
	FLAVOUR_MODULE_LOADED,
	FLAVOUR_MODULE_BUILTIN,
};

/**
 * flavour_modules_new - every installed module with aliases of a flavour
 * @ctx: the context, which reads the index of modules once
 * @flavour: FLAVOUR_VFIO ("vfio_pci:" aliases) or FLAVOUR_NATIVE ("pci:")
 * @modules: set on success, in the order of their names
 *
 * Return: 0, -EINVAL, -ENOMEM, or -ENOENT if the running kernel has no index of
 * modules.
 * Since: 0.1
 */
int flavour_modules_new(struct flavour_ctx *ctx, enum flavour flavour,
			struct flavour_modules **modules);

/** flavour_modules_count - how many. Since: 0.1 */
size_t flavour_modules_count(const struct flavour_modules *modules);

/** flavour_modules_get - the one at @index, NULL past the end. Since: 0.1 */
struct flavour_module *flavour_modules_get(const struct flavour_modules *modules, size_t index);

/** flavour_modules_free - free the list; the modules belong to the context. Since: 0.1 */
void flavour_modules_free(struct flavour_modules *modules);

/** flavour_module_name - with underscores: "vfio_pci". Since: 0.1 */
const char *flavour_module_name(const struct flavour_module *module);

/** flavour_module_state - looked up each time. Since: 0.1 */
enum flavour_module_state flavour_module_state(const struct flavour_module *module);

/** flavour_module_path - its file, NULL if builtin. Since: 0.1 */
const char *flavour_module_path(struct flavour_module *module);

/**
 * flavour_module_size - its file's size in bytes (compressed, if it is); 0 if builtin.
 * Since: 0.1
 */
uint64_t flavour_module_size(struct flavour_module *module);

/**
 * flavour_module_drivers - the PCI drivers it has registered
 * Return: names, ended by NULL; empty while it is not loaded. Looked up each
 * time; valid until the next call for this module.
 * Since: 0.1
 */
const char *const *flavour_module_drivers(struct flavour_module *module);

/**
 * flavour_module_closure - the modules that must be loaded with it
 * Return: names without its own, ended by NULL; never NULL itself.
 * Since: 0.1
 */
const char *const *flavour_module_closure(struct flavour_module *module);

/** flavour_module_closure_size - file sizes of it and its closure, bytes. Since: 0.1 */
uint64_t flavour_module_closure_size(struct flavour_module *module);

/** flavour_module_load_size - as before, without what is loaded now, bytes. Since: 0.1 */
uint64_t flavour_module_load_size(struct flavour_module *module);

/**
 * flavour_module_blacklisted - does modprobe.d or the kernel command line blacklist it?
 * Since: 0.1
 */
bool flavour_module_blacklisted(struct flavour_module *module);

/**
 * flavour_module_alias - what it serves
 * @module: from flavour_modules_new() or a candidate, either of @flavour
 * @flavour: FLAVOUR_VFIO or FLAVOUR_NATIVE
 * @index: from 0
 *
 * Return: the alias as written by depmod, NULL past the end.
 * Since: 0.1
 */
const char *flavour_module_alias(const struct flavour_module *module, enum flavour flavour,
				 size_t index);

/**
 * enum flavour_verdict - may a candidate be chosen?
 * @FLAVOUR_VERDICT_OK: yes
 * @FLAVOUR_VERDICT_PINNED: yes, and modprobe.d says that it is this one
 * @FLAVOUR_VERDICT_BLACKLISTED: no: a blacklist line names its module
 * @FLAVOUR_VERDICT_UNPINNED: no: modprobe.d pins another module
 *
 * Since: 0.1
 */
enum flavour_verdict {
	FLAVOUR_VERDICT_OK,
	FLAVOUR_VERDICT_PINNED,
	FLAVOUR_VERDICT_BLACKLISTED,
	FLAVOUR_VERDICT_UNPINNED,
};

/**
 * flavour_candidates_new - who may drive a device
 * @dev: the device
 * @flavour: FLAVOUR_VFIO or FLAVOUR_NATIVE
 * @candidates: set on success: best first, those that may not be chosen last
 *
 * An empty list is no error.
 *
 * Return: 0, -EINVAL, -ENODEV (device gone), -ENOENT (no index) or -ENOMEM.
 * Since: 0.1
 */
int flavour_candidates_new(struct flavour_device *dev, enum flavour flavour,
			   struct flavour_candidates **candidates);

/** flavour_candidates_count - how many. Since: 0.1 */
size_t flavour_candidates_count(const struct flavour_candidates *candidates);

/** flavour_candidates_get - the one at @index, NULL past the end. Since: 0.1 */
struct flavour_candidate *flavour_candidates_get(const struct flavour_candidates *candidates,
						 size_t index);

/** flavour_candidates_free - free them. Since: 0.1 */
void flavour_candidates_free(struct flavour_candidates *candidates);

/** flavour_candidate_module - its module; belongs to the context. Since: 0.1 */
struct flavour_module *flavour_candidate_module(const struct flavour_candidate *candidate);

/** flavour_candidate_alias - the module's alias that matches best. Since: 0.1 */
const char *flavour_candidate_alias(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_wildcards - wildcard fields of that alias, 0 (exact) to 7 (generic).
 *
 * How wide it is, to show to people. The order of the list goes by which fields
 * are named, not by how many. Since: 0.1
 */
unsigned int flavour_candidate_wildcards(const struct flavour_candidate *candidate);

/** flavour_candidate_verdict - may it be chosen? Since: 0.1 */
enum flavour_verdict flavour_candidate_verdict(const struct flavour_candidate *candidate);

/** flavour_candidate_reason - a sentence: why this place in the list. Since: 0.1 */
const char *flavour_candidate_reason(const struct flavour_candidate *candidate);

/**
 * enum flavour_load_flags - how to load
 * @FLAVOUR_LOAD_DRY_RUN: load nothing
 * @FLAVOUR_LOAD_NEXT: for "vfio_pci:…": pass over the modules that are loaded,
 *	because their drivers did not take the device
 *
 * Since: 0.1
 */
enum flavour_load_flags {
	FLAVOUR_LOAD_DRY_RUN = 1 << 0,
	FLAVOUR_LOAD_NEXT = 1 << 1,
};

/**
 * flavour_load - load what may drive a device
 * @ctx: the context
 * @modalias: with every field written out. "vfio_pci:…" loads the best
 *	candidate's module alone, or the next if that can't be loaded. "pci:…"
 *	loads all that modprobe would: among native drivers the kernel chooses
 * @flags: of enum flavour_load_flags
 * @story: set on success to what was chosen and why, a line; free() it. May be
 *	NULL
 *
 * A module that is loaded already or builtin is a success, unless it is passed
 * over. What the kernel's loader calls.
 *
 * Return: 0, -EINVAL (malformed), -ENODEV (no module that may be loaded serves
 * it, or no other), -ENOENT (no index), -ENOMEM, or the last module's error.
 * Since: 0.1
 */
int flavour_load(struct flavour_ctx *ctx, const char *modalias, unsigned int flags, char **story);

/* ---- who uses a device ------------------------------------------------ */

/**
 * enum flavour_use_kind - why taking the device away would hurt
 * @FLAVOUR_USE_MOUNT: a file system on it is mounted
 * @FLAVOUR_USE_SWAP: it holds swap
 * @FLAVOUR_USE_HOLDER: dm, md or another block device is built on it
 * @FLAVOUR_USE_ZFS: it is in an imported ZFS pool
 * @FLAVOUR_USE_EXCLUSIVE: somebody has the disk open exclusively
 * @FLAVOUR_USE_ADDRESS: an interface has an address
 * @FLAVOUR_USE_ROUTE: the default route goes through an interface
 * @FLAVOUR_USE_MASTER: an interface is a port of a bond, bridge or the like
 * @FLAVOUR_USE_DISPLAY: the console is on it, or a picture, or it has the only framebuffer
 * @FLAVOUR_USE_VFS: it is a PF with VFs; not even force helps
 * @FLAVOUR_USE_VFIO: a process has the VFIO group or device open; not even
 *	force helps
 * @FLAVOUR_USE_GROUP: another member of its IOMMU group has a native driver
 * @FLAVOUR_USE_OPEN: a process has a device node of it open, of whatever kind; where its
 *	driver would wait for that process (sound), not even force helps
 * @FLAVOUR_USE_KEYBOARD: it has the only keyboard
 * @FLAVOUR_USE_UNKNOWN: something that may use it can't be looked at
 *
 * Since: 0.1
 */
enum flavour_use_kind {
	FLAVOUR_USE_MOUNT,
	FLAVOUR_USE_SWAP,
	FLAVOUR_USE_HOLDER,
	FLAVOUR_USE_ZFS,
	FLAVOUR_USE_EXCLUSIVE,
	FLAVOUR_USE_ADDRESS,
	FLAVOUR_USE_ROUTE,
	FLAVOUR_USE_MASTER,
	FLAVOUR_USE_DISPLAY,
	FLAVOUR_USE_VFS,
	FLAVOUR_USE_VFIO,
	FLAVOUR_USE_GROUP,
	FLAVOUR_USE_OPEN,
	FLAVOUR_USE_KEYBOARD,
	FLAVOUR_USE_UNKNOWN,
};

/**
 * flavour_uses_new - who uses a device now
 * @dev: the device
 * @uses: set on success; empty if nobody does
 *
 * What can't be looked at is in it as FLAVOUR_USE_UNKNOWN: without root that goes for
 * each device with device nodes, as other users' open files are not seen.
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_uses_new(struct flavour_device *dev, struct flavour_uses **uses);

/** flavour_uses_count - how many. Since: 0.1 */
size_t flavour_uses_count(const struct flavour_uses *uses);

/** flavour_uses_get - the one at @index, NULL past the end. Since: 0.1 */
const struct flavour_use *flavour_uses_get(const struct flavour_uses *uses, size_t index);

/** flavour_uses_free - free them. Since: 0.1 */
void flavour_uses_free(struct flavour_uses *uses);

/** flavour_use_kind - which kind. Since: 0.1 */
enum flavour_use_kind flavour_use_kind(const struct flavour_use *use);

/** flavour_use_text - a sentence: who uses what, and how to end it. Since: 0.1 */
const char *flavour_use_text(const struct flavour_use *use);

/** flavour_use_subject - the disk, interface or device in question. Since: 0.1 */
const char *flavour_use_subject(const struct flavour_use *use);

/**
 * flavour_use_is_vital - is it the root file system, or the default route?
 * Since: 0.1
 */
bool flavour_use_is_vital(const struct flavour_use *use);

/** flavour_use_pid - the process of FLAVOUR_USE_VFIO and FLAVOUR_USE_OPEN, else 0. Since: 0.1 */
int flavour_use_pid(const struct flavour_use *use);

/* ---- plan and apply --------------------------------------------------- */

/**
 * enum flavour_plan_flags - how bold to be
 * @FLAVOUR_PLAN_FORCE: do it although the device is in use. Never unbinds what
 *	would hang or kill VFs
 * @FLAVOUR_PLAN_NO_TABLE: with a driver named: even if its table has no entry
 *	for the device
 * @FLAVOUR_PLAN_NO_STEPS: nobody will ask for the steps. With the kernel module,
 *	which chooses the driver, the index of modules is then not read
 * @FLAVOUR_PLAN_POLICY: a policy says so: the boot display may be taken while it
 *	has no driver
 * @FLAVOUR_PLAN_BEST: a VFIO device whose driver is not the best one gets that
 *
 * Since: 0.1
 */
enum flavour_plan_flags {
	FLAVOUR_PLAN_FORCE = 1 << 0,
	FLAVOUR_PLAN_NO_TABLE = 1 << 1,
	FLAVOUR_PLAN_NO_STEPS = 1 << 2,
	FLAVOUR_PLAN_POLICY = 1 << 3,
	FLAVOUR_PLAN_BEST = 1 << 4,
};

/**
 * flavour_plan_new - what would be done to a device, and what is in the way
 * @dev: the device; the plan takes a reference
 * @flavour: the flavour it shall have
 * @driver: the name of the one VFIO driver to use, NULL for the best
 * @flags: of enum flavour_plan_flags
 * @together: devices planned in the same go: those do not count as a group's
 *	members in the way, and who has device nodes open is looked for once for
 *	all plans of one set. May be NULL. The plan looks at it again when it is
 *	run: it must live as long as the plan
 * @plan: set on success
 *
 * Nothing is touched. A plan that can't work is a success here:
 * flavour_plan_result() and flavour_plan_message() tell.
 *
 * Return: 0, -EINVAL (no such flavour) or -ENOMEM.
 * Since: 0.1
 */
int flavour_plan_new(struct flavour_device *dev, enum flavour flavour, const char *driver,
		     unsigned int flags, const struct flavour_devices *together,
		     struct flavour_plan **plan);

/** flavour_plan_free - free it. Since: 0.1 */
void flavour_plan_free(struct flavour_plan *plan);

/** flavour_plan_device - whose plan. Since: 0.1 */
struct flavour_device *flavour_plan_device(const struct flavour_plan *plan);

/** flavour_plan_flavour - the flavour it shall have. Since: 0.1 */
enum flavour flavour_plan_flavour(const struct flavour_plan *plan);

/**
 * flavour_plan_result - can it be done; once it was run: was it?
 * Return: 0, or a negative errno explained by flavour_plan_message().
 * Since: 0.1
 */
int flavour_plan_result(const struct flavour_plan *plan);

/** flavour_plan_message - what is wrong and what to do; "" if nothing is. Since: 0.1 */
const char *flavour_plan_message(const struct flavour_plan *plan);

/** flavour_plan_noop - is the flavour in force already? Since: 0.1 */
bool flavour_plan_noop(const struct flavour_plan *plan);

/** flavour_plan_uses - who uses the device, as of flavour_plan_new(). Since: 0.1 */
const struct flavour_uses *flavour_plan_uses(const struct flavour_plan *plan);

/** flavour_plan_step - what will be done, a line each; NULL past the end. Since: 0.1 */
const char *flavour_plan_step(const struct flavour_plan *plan, size_t index);

/** flavour_plan_former_driver - the driver bound when planned, or NULL. Since: 0.1 */
const char *flavour_plan_former_driver(const struct flavour_plan *plan);

/** flavour_plan_driver - the driver bound by running it, or NULL. Since: 0.1 */
const char *flavour_plan_driver(const struct flavour_plan *plan);

/** flavour_plan_duration - how long running it took, in nanoseconds. Since: 0.1 */
uint64_t flavour_plan_duration(const struct flavour_plan *plan);

/**
 * flavour_plan_run - do it
 *
 * Looks again at what may have changed since the plan was made. On failure the
 * device is put back: its former override, its former driver. Needs root. A plan
 * runs once.
 *
 * Return: as flavour_plan_result() afterwards; -EALREADY if it ran before.
 * Since: 0.1
 */
int flavour_plan_run(struct flavour_plan *plan);

/**
 * typedef flavour_progress_fn - one more plan has been run
 * @plan: that plan
 * @done: how many are done now
 * @total: of how many
 * @data: as given to flavour_plans_run()
 *
 * Since: 0.1
 */
typedef void (*flavour_progress_fn)(struct flavour_plan *plan, size_t done, size_t total,
				    void *data);

/**
 * flavour_plans_run - run many plans side by side
 * @plans: the plans, all of one context
 * @count: how many
 * @threads: at most so many at once; 0 lets the library choose
 * @progress: called after each; may be NULL
 * @data: for @progress
 *
 * Return: how many failed: see flavour_plan_result() of each.
 * Since: 0.1
 */
size_t flavour_plans_run(struct flavour_plan *const *plans, size_t count, unsigned int threads,
			 flavour_progress_fn progress, void *data);

/* ---- policy ----------------------------------------------------------- */

/**
 * flavour_policy_new - an empty policy
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_policy_new(struct flavour_ctx *ctx, struct flavour_policy **policy);

/**
 * flavour_policy_read - the policy in force
 * @ctx: the context
 * @policy: set on success
 *
 * Reads driver-flavour.d/X.conf of /etc, /run, /usr/local/lib and /usr/lib in
 * the order of their names; a file in an earlier one of these directories hides those of
 * the same name. Lines in error are left out and listed.
 *
 * Return: how many lines are in error, -ENOMEM, or what reading a file said.
 * Since: 0.1
 */
int flavour_policy_read(struct flavour_ctx *ctx, struct flavour_policy **policy);

/**
 * flavour_policy_parse - add rules from text
 * @policy: which grows
 * @file: the name to put in errors, copied
 * @text: lines "FLAVOUR key=glob …"; "#" starts a comment. Keys: address, id,
 *	class, modalias, physfn, dsn, path
 * @size: of @text in bytes; a NUL in it is an error of its line
 *
 * Return: how many lines are in error, or -ENOMEM.
 * Since: 0.1
 */
int flavour_policy_parse(struct flavour_policy *policy, const char *file, const char *text,
			 size_t size);

/** flavour_policy_free - free it and its rules. Since: 0.1 */
void flavour_policy_free(struct flavour_policy *policy);

/** flavour_policy_error - "FILE:LINE:COLUMN: what is wrong"; NULL past the end. Since: 0.1 */
const char *flavour_policy_error(const struct flavour_policy *policy, size_t index);

/** flavour_policy_rule - in their order; NULL past the end. Since: 0.1 */
const struct flavour_rule *flavour_policy_rule(const struct flavour_policy *policy, size_t index);

/** flavour_policy_match - the first rule that matches @dev, or NULL. Since: 0.1 */
const struct flavour_rule *flavour_policy_match(const struct flavour_policy *policy,
						struct flavour_device *dev);

/** flavour_rule_flavour - the flavour it gives. Since: 0.1 */
enum flavour flavour_rule_flavour(const struct flavour_rule *rule);

/** flavour_rule_text - the rule, one space between words, without comment. Since: 0.1 */
const char *flavour_rule_text(const struct flavour_rule *rule);

/** flavour_rule_file - where it was read. Since: 0.1 */
const char *flavour_rule_file(const struct flavour_rule *rule);

/** flavour_rule_line - from 1. Since: 0.1 */
unsigned int flavour_rule_line(const struct flavour_rule *rule);

/** flavour_rule_matches - do all its terms hold? Since: 0.1 */
bool flavour_rule_matches(const struct flavour_rule *rule, struct flavour_device *dev);

/**
 * flavour_rule_compile - the rule in words the kernel module knows
 * @rule: the rule
 * @dev: a device it matches, by whose address dsn= and path= are compiled; NULL
 *	for a rule without these
 * @match: set on success to a line of address=, modalias= and physfn= terms;
 *	free() it
 *
 * Return: 0, -ENODEV if @dev is needed and missing, -ENOMEM.
 * Since: 0.1
 */
int flavour_rule_compile(const struct flavour_rule *rule, struct flavour_device *dev,
			 char **match);

/**
 * flavour_policy_compile - the whole policy in the kernel module's words
 * @policy: its rules; those that can't be put so become errors of it
 * @devices: all devices; dsn= and path= become the addresses of those they match.
 *	A path= to a device that is not there becomes its address if the bridge
 *	above is there
 *
 * Return: the number of kernel rules generated, or -ENOMEM.
 * Since: 0.1
 */
int flavour_policy_compile(struct flavour_policy *policy, const struct flavour_devices *devices);

/**
 * flavour_policy_compiled - a rule for the kernel
 * @policy: compiled
 * @index: from 0, in their order
 * @rule: set to the rule that it was made of; may be NULL
 *
 * Return: its "match", NULL past the end.
 * Since: 0.1
 */
const char *flavour_policy_compiled(const struct flavour_policy *policy, size_t index,
				    const struct flavour_rule **rule);

/**
 * flavour_policy_install - make the compiled policy the kernel module's rules
 * @policy: compiled
 *
 * They are named 50-policy-…, and take the place of earlier ones of that name.
 * Rules of other names are left alone. Mounts configfs if it is not.
 *
 * On failure the earlier ones stay. If one of them can't be removed they are
 * beside the new ones, and the message names it.
 *
 * Return: 1 if they were installed, 0 if they were there already, -ENOENT
 * without the kernel module, -ENOMEM, -EIO if what is there is not what was
 * written, or what configfs said.
 * Since: 0.1
 */
int flavour_policy_install(struct flavour_policy *policy);

/**
 * flavour_policy_plans - what the policy would do to devices
 * @policy: the policy
 * @devices: those in question
 * @plans: set on success; free each, then the array, before the policy and before
 *	this is called again
 * @count: set to how many
 *
 * A device for which no rule is, a bridge, and one that is native and shall be,
 * have no plan. Plans are without steps. A plan that would take what the root file system is on, or is
 * going to be mounted from, is refused like one for a device in use. The boot
 * display may be taken while it has no driver: the policy says so.
 *
 * Return: 0, -ENOMEM, or what reading sysfs said.
 * Since: 0.1
 */
int flavour_policy_plans(struct flavour_policy *policy, const struct flavour_devices *devices,
			 struct flavour_plan ***plans, size_t *count);

/** flavour_plan_rule - the rule it comes from, NULL if from none. Since: 0.1 */
const struct flavour_rule *flavour_plan_rule(const struct flavour_plan *plan);

/**
 * flavour_policy_add - the policy as it will be with one rule more
 * @policy: as it was read
 * @name: the file that the rule will be appended to, in /etc/driver-flavour.d
 * @rule: the line
 * @added: set to the rule, which takes its place among the others; belongs to
 *	@policy
 *
 * Nothing is written: see flavour_policy_file_add().
 *
 * Return: 0, -EINVAL (malformed rule or name) or -ENOMEM.
 * Since: 0.1
 */
int flavour_policy_add(struct flavour_policy *policy, const char *name, const char *rule,
		       const struct flavour_rule **added);

/**
 * enum flavour_finding_kind - what may be wrong with a policy
 * @FLAVOUR_FINDING_WRONG: a line is no rule
 * @FLAVOUR_FINDING_SHADOWED: a rule before it matches all that it does
 * @FLAVOUR_FINDING_VITAL: it would take the disk with the root file system, or
 *	the interface with the default route
 * @FLAVOUR_FINDING_OVERRULED: rules before it decide on all devices it matches now
 * @FLAVOUR_FINDING_SKIPPED: a device it decides on can't be had now
 * @FLAVOUR_FINDING_NO_DEVICE: it matches no device that is there
 *
 * The last three may be meant so: devices come and go.
 *
 * Since: 0.1
 */
enum flavour_finding_kind {
	FLAVOUR_FINDING_WRONG,
	FLAVOUR_FINDING_SHADOWED,
	FLAVOUR_FINDING_VITAL,
	FLAVOUR_FINDING_OVERRULED,
	FLAVOUR_FINDING_SKIPPED,
	FLAVOUR_FINDING_NO_DEVICE,
};

/**
 * flavour_findings_new - look a policy over
 * @policy: the policy; plans of it must be free
 * @devices: all devices
 * @findings: set on success; free them before the policy
 *
 * Return: 0, -ENOMEM, or what reading sysfs said.
 * Since: 0.1
 */
int flavour_findings_new(struct flavour_policy *policy, const struct flavour_devices *devices,
			 struct flavour_findings **findings);

/** flavour_findings_get - the one at @index, NULL past the end. Since: 0.1 */
const struct flavour_finding *flavour_findings_get(const struct flavour_findings *findings,
						   size_t index);

/** flavour_findings_free - free them. Since: 0.1 */
void flavour_findings_free(struct flavour_findings *findings);

/** flavour_finding_kind - which kind. Since: 0.1 */
enum flavour_finding_kind flavour_finding_kind(const struct flavour_finding *finding);

/** flavour_finding_rule - the rule, NULL for a line that is none. Since: 0.1 */
const struct flavour_rule *flavour_finding_rule(const struct flavour_finding *finding);

/** flavour_finding_text - "FILE:LINE: what is wrong", sentences. Since: 0.1 */
const char *flavour_finding_text(const struct flavour_finding *finding);

/**
 * flavour_policy_file_add - append a rule to a policy file
 * @ctx: the context
 * @name: such as "50-local.conf", in /etc/driver-flavour.d
 * @rule: the line
 *
 * Killed at any moment, or out of space, the file is the old one or the new
 * one. A rule that is there already is not added again.
 *
 * Return: 1 if it was added, 0 if it was there, -EINVAL (malformed rule or
 * name), or what writing said.
 * Since: 0.1
 */
int flavour_policy_file_add(struct flavour_ctx *ctx, const char *name, const char *rule);

/**
 * flavour_policy_file_remove - take a rule out of a policy file
 * Return: how many lines were removed, -EINVAL, or what writing said.
 * Since: 0.1
 */
int flavour_policy_file_remove(struct flavour_ctx *ctx, const char *name, const char *rule);

/* ---- the machine's health --------------------------------------------- */

/**
 * enum flavour_health - how bad a finding is
 * @FLAVOUR_HEALTH_OK: as it should be
 * @FLAVOUR_HEALTH_NOTE: worth knowing
 * @FLAVOUR_HEALTH_BAD: claiming devices won't work, or not safely
 *
 * Since: 0.1
 */
enum flavour_health {
	FLAVOUR_HEALTH_OK,
	FLAVOUR_HEALTH_NOTE,
	FLAVOUR_HEALTH_BAD,
};

/**
 * flavour_checks_new - look the machine over
 * @devices: all devices
 * @checks: set on success, always all of them
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_checks_new(const struct flavour_devices *devices, struct flavour_checks **checks);

/** flavour_checks_get - the one at @index, NULL past the end. Since: 0.1 */
const struct flavour_check *flavour_checks_get(const struct flavour_checks *checks, size_t index);

/** flavour_checks_free - free them. Since: 0.1 */
void flavour_checks_free(struct flavour_checks *checks);

/** flavour_check_name - one snake_case word: "iommu". Since: 0.1 */
const char *flavour_check_name(const struct flavour_check *check);

/** flavour_check_health - how bad. Since: 0.1 */
enum flavour_health flavour_check_health(const struct flavour_check *check);

/** flavour_check_text - what was found, a sentence. Since: 0.1 */
const char *flavour_check_text(const struct flavour_check *check);

/** flavour_check_advice - what to do, a sentence; NULL if nothing. Since: 0.1 */
const char *flavour_check_advice(const struct flavour_check *check);

#ifdef __cplusplus
}
#endif

#endif
