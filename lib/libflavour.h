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
 * Outputs: a parameter that something is returned through is named ret_…, and is
 * left as it was if the function fails.
 *
 * Lists: *_count() says how many there are, *_get(), or the word for one of them,
 * gives one by its index from 0; NULL past the end.
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
struct flavour_event;
struct flavour_events;
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
struct flavour_policy_plans;
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
 * The numbers are those of the kernel module. What counts elsewhere is the words.
 *
 * Since: 0.1
 */
enum flavour {
	FLAVOUR_UNKNOWN = -1,
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
 * @FLAVOUR_BACKEND_AUTO: the kernel module if it is loaded, else driver_override
 * @FLAVOUR_BACKEND_KERNEL: the kernel module's driver_flavour attribute
 * @FLAVOUR_BACKEND_OVERRIDE: driver_override, in user space
 *
 * Since: 0.1
 */
enum flavour_backend {
	FLAVOUR_BACKEND_AUTO,
	FLAVOUR_BACKEND_KERNEL,
	FLAVOUR_BACKEND_OVERRIDE,
};

/**
 * flavour_ctx_new - a context for the running system
 * @ret_ctx: set on success
 *
 * Reads nothing but the environment.
 *
 * Return: 0, or -ENOMEM.
 * Since: 0.1
 */
int flavour_ctx_new(struct flavour_ctx **ret_ctx);

/**
 * flavour_ctx_free - free a context
 * @ctx: the context, or NULL
 *
 * Since: 0.1
 */
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

/**
 * flavour_ctx_root - where a root is
 * @ctx: the context
 * @root: which
 *
 * Return: its path, NULL if @root is unknown.
 * Since: 0.1
 */
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

/**
 * typedef flavour_log_fn - something was done to the machine
 * @text: what, a line without a newline; if it failed, also why
 * @data: as given to flavour_ctx_set_log()
 *
 * Since: 0.1
 */
typedef void (*flavour_log_fn)(const char *text, void *data);

/**
 * flavour_ctx_set_log - be told what is done to the machine
 * @ctx: the context
 * @log: called after each write to a device's files or the kernel module's rules,
 *	each module loaded and each policy file changed; by any of the threads of
 *	flavour_plans_run(), but one at a time. It must not call into the library.
 *	NULL for none
 * @data: for @log
 *
 * What is told is for people: its words may change.
 *
 * Since: 0.1
 */
void flavour_ctx_set_log(struct flavour_ctx *ctx, flavour_log_fn log, void *data);

/**
 * flavour_ctx_backend - the backend in use
 * @ctx: the context
 *
 * Return: the backend, never FLAVOUR_BACKEND_AUTO.
 * Since: 0.1
 */
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
 * @ret_devices: set on success
 *
 * Return: 0, -ENOMEM, or what reading sysfs said. A machine without PCI has an
 * empty set.
 * Since: 0.1
 */
int flavour_devices_new(struct flavour_ctx *ctx, struct flavour_devices **ret_devices);

/**
 * flavour_devices_new_empty - a set to add to
 * @ctx: the context
 * @ret_devices: set on success
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_new_empty(struct flavour_ctx *ctx, struct flavour_devices **ret_devices);

/**
 * flavour_devices_add - put a device in a set
 * @devices: the set, which takes a reference
 * @dev: the device
 *
 * Return: 1 if it was added, 0 if its address is there already, or -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_add(struct flavour_devices *devices, struct flavour_device *dev);

/**
 * flavour_devices_count - how many devices a set has
 * @devices: the set
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_devices_count(const struct flavour_devices *devices);

/**
 * flavour_devices_get - one device of a set
 * @devices: the set
 * @index: from 0
 *
 * Return: the device, NULL past the end.
 * Since: 0.1
 */
struct flavour_device *flavour_devices_get(const struct flavour_devices *devices, size_t index);

/**
 * flavour_devices_find - the device with an address
 * @devices: the set
 * @address: in full: "0000:01:00.0"
 *
 * Return: the device, NULL if it is not in the set.
 * Since: 0.1
 */
struct flavour_device *flavour_devices_find(const struct flavour_devices *devices,
					    const char *address);

/**
 * flavour_devices_free - free a set and drop its references
 * @devices: the set, or NULL
 *
 * Since: 0.1
 */
void flavour_devices_free(struct flavour_devices *devices);

/**
 * flavour_devices_select - the devices a person means
 * @all: where to look, usually from flavour_devices_new()
 * @text: an address (0000:01:00.0, 01:00.0), an ID (15b3:101e), a network
 *	interface (eth2), a block device (/dev/nvme0n1, a partition, a link to
 *	one), vfs-of:ADDRESS, or a glob over full addresses (0000:3b:*)
 * @ret_found: set on success; shares its devices with @all
 *
 * Return: 0; -EINVAL if @text is none of these forms; -ENODEV if it is, and no
 * device fits; -ENOMEM.
 * Since: 0.1
 */
int flavour_devices_select(const struct flavour_devices *all, const char *text,
			   struct flavour_devices **ret_found);

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
 * flavour_device_new - one device, without enumeration
 * @ctx: the context
 * @address: its full address
 * @ret_dev: set on success
 *
 * Return: 0, -EINVAL (not an address), -ENODEV (not there) or -ENOMEM.
 * Since: 0.1
 */
int flavour_device_new(struct flavour_ctx *ctx, const char *address,
		       struct flavour_device **ret_dev);

/**
 * flavour_device_ref - take a reference
 * @dev: the device
 *
 * Return: @dev.
 * Since: 0.1
 */
struct flavour_device *flavour_device_ref(struct flavour_device *dev);

/**
 * flavour_device_unref - drop a reference; the last frees the device
 * @dev: the device, or NULL
 *
 * Since: 0.1
 */
void flavour_device_unref(struct flavour_device *dev);

/**
 * flavour_device_refresh - forget what was read
 * @dev: the device
 *
 * Since: 0.1
 */
void flavour_device_refresh(struct flavour_device *dev);

/**
 * flavour_device_address - its full address
 * @dev: the device
 *
 * Return: such as "0000:01:00.0".
 * Since: 0.1
 */
const char *flavour_device_address(const struct flavour_device *dev);

/**
 * flavour_device_present - is it still there?
 * @dev: the device
 *
 * Looked up each time.
 *
 * Return: true if it is.
 * Since: 0.1
 */
bool flavour_device_present(const struct flavour_device *dev);

/**
 * flavour_device_id - what the device is
 * @dev: the device
 * @ret_id: set on success
 *
 * Return: 0, or -ENODEV if it is gone or its modalias can't be read as one.
 * Since: 0.1
 */
int flavour_device_id(struct flavour_device *dev, struct flavour_pci_id *ret_id);

/**
 * flavour_device_revision - its revision ID
 * @dev: the device
 *
 * Return: 0 to 255, -1 if unknown.
 * Since: 0.1
 */
int flavour_device_revision(struct flavour_device *dev);

/**
 * flavour_device_modalias - its modalias for native drivers
 * @dev: the device
 *
 * Return: "pci:v…", or NULL.
 * Since: 0.1
 */
const char *flavour_device_modalias(struct flavour_device *dev);

/**
 * flavour_device_driver - the driver that is bound
 * @dev: the device
 *
 * Return: its name, or NULL.
 * Since: 0.1
 */
const char *flavour_device_driver(struct flavour_device *dev);

/**
 * flavour_device_override - its driver_override
 * @dev: the device
 *
 * Return: the name; NULL if it is unset, or while an unbind of the device waits for
 * user space: reading it would wait as well.
 * Since: 0.1
 */
const char *flavour_device_override(struct flavour_device *dev);

/**
 * flavour_device_driverctl - the driver that driverctl gives it at each boot
 * @dev: the device
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
 * @dev: the device
 *
 * Without the kernel module it is told from what is seen: the override "none"
 * is FLAVOUR_NONE; a VFIO driver bound, being unbound, or named by the override,
 * is FLAVOUR_VFIO; all else is FLAVOUR_NATIVE.
 *
 * Return: the flavour, FLAVOUR_UNKNOWN if the device is gone.
 * Since: 0.1
 */
enum flavour flavour_device_flavour(struct flavour_device *dev);

/**
 * flavour_device_group - its IOMMU group
 * @dev: the device
 *
 * Return: the group's number, -1 if it is in none.
 * Since: 0.1
 */
int flavour_device_group(struct flavour_device *dev);

/**
 * flavour_device_is_bridge - is its header type other than normal?
 * @dev: the device
 *
 * Return: true if it is.
 * Since: 0.1
 */
bool flavour_device_is_bridge(struct flavour_device *dev);

/**
 * flavour_device_parent - the bridge above
 * @dev: the device
 *
 * Return: its address, NULL at a root.
 * Since: 0.1
 */
const char *flavour_device_parent(struct flavour_device *dev);

/**
 * flavour_device_physfn - the PF of a VF
 * @dev: the device
 *
 * Return: its address, NULL if the device is no VF.
 * Since: 0.1
 */
const char *flavour_device_physfn(struct flavour_device *dev);

/**
 * flavour_device_num_vfs - how many VFs are enabled
 * @dev: the device
 *
 * Return: how many, 0 if none.
 * Since: 0.1
 */
unsigned int flavour_device_num_vfs(struct flavour_device *dev);

/**
 * flavour_device_total_vfs - how many VFs it could have
 * @dev: the device
 *
 * Return: how many, 0 if it is no PF.
 * Since: 0.1
 */
unsigned int flavour_device_total_vfs(struct flavour_device *dev);

/**
 * flavour_device_vf - one of its VFs, as it is now
 * @dev: the device
 * @index: from 0
 *
 * Return: its address, NULL past the end.
 * Since: 0.1
 */
const char *flavour_device_vf(struct flavour_device *dev, unsigned int index);

/**
 * flavour_device_reset_methods - how it can be reset
 * @dev: the device
 *
 * Return: such as "flr bus"; NULL if it can't be.
 * Since: 0.1
 */
const char *flavour_device_reset_methods(struct flavour_device *dev);

/**
 * flavour_device_vfio_group_node - the node of its group in /dev/vfio
 * @dev: the device
 *
 * Return: "/dev/vfio/12" of a device bound to a VFIO driver, or being unbound from
 * one; else NULL.
 * Since: 0.1
 */
const char *flavour_device_vfio_group_node(struct flavour_device *dev);

/**
 * flavour_device_vfio_node - its own node in /dev/vfio
 * @dev: the device
 *
 * Return: "/dev/vfio/devices/vfio0", NULL without a VFIO cdev.
 * Since: 0.1
 */
const char *flavour_device_vfio_node(struct flavour_device *dev);

/**
 * flavour_device_numa_node - the NUMA node it is at
 * @dev: the device
 *
 * Return: the node's number, -1 if unknown.
 * Since: 0.1
 */
int flavour_device_numa_node(struct flavour_device *dev);

/**
 * flavour_device_netif_count - how many network interfaces are on it
 * @dev: the device
 *
 * Those below it (USB) count as well.
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_device_netif_count(struct flavour_device *dev);

/**
 * flavour_device_netif - one of its network interfaces
 * @dev: the device
 * @index: from 0
 *
 * Return: its name, NULL past the end.
 * Since: 0.1
 */
const char *flavour_device_netif(struct flavour_device *dev, size_t index);

/**
 * flavour_device_disk_count - how many disks are on it
 * @dev: the device
 *
 * Whole disks, also below it (USB, SCSI), and the multipath disks that have a path
 * through it.
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_device_disk_count(struct flavour_device *dev);

/**
 * flavour_device_disk - one of its disks
 * @dev: the device
 * @index: from 0
 *
 * Return: the kernel's name such as "nvme0n1", NULL past the end.
 * Since: 0.1
 */
const char *flavour_device_disk(struct flavour_device *dev, size_t index);

/**
 * flavour_device_dsn - the PCIe Device Serial Number
 * @dev: the device
 * @ret_dsn: set on success
 *
 * Return: 0, -ENOENT if it has none, -EACCES if the extended configuration
 * space can't be read (only root may).
 * Since: 0.1
 */
int flavour_device_dsn(struct flavour_device *dev, uint64_t *ret_dsn);

/**
 * flavour_device_path - the way to it, which survives renumbered buses
 * @dev: the device
 *
 * Return: "pci0000:00/1c.0/00.0", NULL if it is gone.
 * Since: 0.1
 */
const char *flavour_device_path(struct flavour_device *dev);

/**
 * flavour_device_firmware_path - what the firmware calls it
 * @dev: the device
 *
 * Return: an ACPI path such as "\_SB_.PCI0.RP01.PXSX", or NULL.
 * Since: 0.1
 */
const char *flavour_device_firmware_path(struct flavour_device *dev);

/**
 * flavour_device_slot - the physical slot it is in
 * @dev: the device
 *
 * Return: the slot's name, or NULL.
 * Since: 0.1
 */
const char *flavour_device_slot(struct flavour_device *dev);

/* ---- events ----------------------------------------------------------- */

/**
 * enum flavour_event_kinds - what has happened to a device
 * @FLAVOUR_EVENT_ADD: it came
 * @FLAVOUR_EVENT_REMOVE: it went
 * @FLAVOUR_EVENT_BIND: a driver was bound to it
 * @FLAVOUR_EVENT_UNBIND: its driver was unbound
 * @FLAVOUR_EVENT_FLAVOUR: it has another flavour
 * @FLAVOUR_EVENT_WAITING: it waits for a VFIO driver, and the kernel module's loader
 *	is turned off
 * @FLAVOUR_EVENT_UNLISTED: it is being bound, by driver_override, to a driver whose
 *	table does not list it
 * @FLAVOUR_EVENT_ERROR: it was not given the flavour that a rule or an override asks for
 *
 * All but the first four are told by the kernel module.
 *
 * Since: 0.1
 */
enum flavour_event_kinds {
	FLAVOUR_EVENT_ADD,
	FLAVOUR_EVENT_REMOVE,
	FLAVOUR_EVENT_BIND,
	FLAVOUR_EVENT_UNBIND,
	FLAVOUR_EVENT_FLAVOUR,
	FLAVOUR_EVENT_WAITING,
	FLAVOUR_EVENT_UNLISTED,
	FLAVOUR_EVENT_ERROR,
};

/**
 * flavour_events_new - listen to the kernel's events of PCI devices
 * @ctx: the context
 * @ret_events: set on success: from now on events are kept for it
 *
 * It is the machine's own kernel that is listened to, wherever the roots are.
 *
 * Return: 0, -ENOMEM, or what opening a socket said.
 * Since: 0.1
 */
int flavour_events_new(struct flavour_ctx *ctx, struct flavour_events **ret_events);

/**
 * flavour_events_free - listen no more
 * @events: the events, or NULL
 *
 * Since: 0.1
 */
void flavour_events_free(struct flavour_events *events);

/**
 * flavour_events_fd - what to wait on, with poll() and the like
 * @events: the events
 *
 * Return: a file descriptor, which can be read from when there is an event; it
 * belongs to @events.
 * Since: 0.1
 */
int flavour_events_fd(const struct flavour_events *events);

/**
 * flavour_events_next - the next event that has come
 * @events: the events
 * @ret_event: set if there is one, which lives until the next call
 *
 * Does not wait.
 *
 * Return: 1 if there is one, 0 if there is none yet, -ENOBUFS if some were lost,
 * after which it goes on, or what reading said.
 * Since: 0.1
 */
int flavour_events_next(struct flavour_events *events, const struct flavour_event **ret_event);

/**
 * flavour_event_kind - what has happened
 * @event: the event
 *
 * Return: the kind.
 * Since: 0.1
 */
enum flavour_event_kinds flavour_event_kind(const struct flavour_event *event);

/**
 * flavour_event_address - to which device
 * @event: the event
 *
 * Return: its address; the device may be gone by now.
 * Since: 0.1
 */
const char *flavour_event_address(const struct flavour_event *event);

/**
 * flavour_event_flavour - the flavour that the event speaks of
 * @event: the event
 *
 * Return: the flavour that the device has, or for FLAVOUR_EVENT_WAITING and
 * FLAVOUR_EVENT_ERROR shall have; FLAVOUR_UNKNOWN if the event does not say.
 * Since: 0.1
 */
enum flavour flavour_event_flavour(const struct flavour_event *event);

/**
 * flavour_event_detail - what the kernel says beside it
 * @event: the event
 *
 * Return: of FLAVOUR_EVENT_WAITING the alias to load, of FLAVOUR_EVENT_UNLISTED the
 * driver, of FLAVOUR_EVENT_ERROR an errno such as "-ENODEV"; else NULL.
 * Since: 0.1
 */
const char *flavour_event_detail(const struct flavour_event *event);

/* ---- IOMMU groups ----------------------------------------------------- */

/**
 * flavour_groups_new - sort devices by IOMMU group
 * @devices: those of interest; devices in no group are left out
 * @ret_groups: set on success, in the order of their numbers
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_groups_new(const struct flavour_devices *devices, struct flavour_groups **ret_groups);

/**
 * flavour_groups_count - how many groups there are
 * @groups: the groups
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_groups_count(const struct flavour_groups *groups);

/**
 * flavour_groups_get - one group
 * @groups: the groups
 * @index: from 0
 *
 * Return: the group, NULL past the end.
 * Since: 0.1
 */
struct flavour_group *flavour_groups_get(const struct flavour_groups *groups, size_t index);

/**
 * flavour_groups_free - free the groups
 * @groups: the groups, or NULL
 *
 * Since: 0.1
 */
void flavour_groups_free(struct flavour_groups *groups);

/**
 * flavour_group_number - its number
 * @group: the group
 *
 * Return: the number, as in /dev/vfio/NUMBER.
 * Since: 0.1
 */
int flavour_group_number(const struct flavour_group *group);

/**
 * flavour_group_type - the type of its default domain
 * @group: the group
 *
 * Return: such as "DMA-FQ", or NULL.
 * Since: 0.1
 */
const char *flavour_group_type(struct flavour_group *group);

/**
 * flavour_group_devices - its members
 * @group: the group
 *
 * Return: the members; the set belongs to @group.
 * Since: 0.1
 */
const struct flavour_devices *flavour_group_devices(const struct flavour_group *group);

/**
 * flavour_group_blocker - the first member that keeps user space from the group
 * @group: the group
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
 * enum flavour_module_states - what has become of a module
 * @FLAVOUR_MODULE_INSTALLED: on disk, not loaded
 * @FLAVOUR_MODULE_LOADED: loaded
 * @FLAVOUR_MODULE_BUILTIN: part of the kernel
 *
 * Since: 0.1
 */
enum flavour_module_states {
	FLAVOUR_MODULE_INSTALLED,
	FLAVOUR_MODULE_LOADED,
	FLAVOUR_MODULE_BUILTIN,
};

/**
 * flavour_modules_new - every installed module with aliases of a flavour
 * @ctx: the context, which reads the index of modules once
 * @flavour: FLAVOUR_VFIO ("vfio_pci:" aliases) or FLAVOUR_NATIVE ("pci:")
 * @ret_modules: set on success, in the order of their names
 *
 * Return: 0, -EINVAL, -ENOMEM, or -ENOENT if the running kernel has no index of
 * modules.
 * Since: 0.1
 */
int flavour_modules_new(struct flavour_ctx *ctx, enum flavour flavour,
			struct flavour_modules **ret_modules);

/**
 * flavour_modules_count - how many modules a list has
 * @modules: the list
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_modules_count(const struct flavour_modules *modules);

/**
 * flavour_modules_get - one module of a list
 * @modules: the list
 * @index: from 0
 *
 * Return: the module, NULL past the end; it belongs to the context.
 * Since: 0.1
 */
struct flavour_module *flavour_modules_get(const struct flavour_modules *modules, size_t index);

/**
 * flavour_modules_free - free a list of modules, not the modules
 * @modules: the list, or NULL
 *
 * Since: 0.1
 */
void flavour_modules_free(struct flavour_modules *modules);

/**
 * flavour_module_name - its name
 * @module: the module
 *
 * Return: the name with underscores: "vfio_pci".
 * Since: 0.1
 */
const char *flavour_module_name(const struct flavour_module *module);

/**
 * flavour_module_state - what has become of it
 * @module: the module
 *
 * Looked up each time.
 *
 * Return: the state.
 * Since: 0.1
 */
enum flavour_module_states flavour_module_state(const struct flavour_module *module);

/**
 * flavour_module_path - its file
 * @module: the module
 *
 * Return: the path, NULL if it is builtin.
 * Since: 0.1
 */
const char *flavour_module_path(struct flavour_module *module);

/**
 * flavour_module_size - the size of its file
 * @module: the module
 *
 * Return: bytes as on disk (compressed, if it is); 0 if it is builtin.
 * Since: 0.1
 */
uint64_t flavour_module_size(struct flavour_module *module);

/**
 * flavour_module_driver_count - how many PCI drivers it has registered
 * @module: the module
 *
 * Looked up each time, for flavour_module_driver() as well.
 *
 * Return: how many, 0 while it is not loaded.
 * Since: 0.1
 */
size_t flavour_module_driver_count(struct flavour_module *module);

/**
 * flavour_module_driver - one of its PCI drivers
 * @module: the module
 * @index: from 0
 *
 * As of the last flavour_module_driver_count() for this module.
 *
 * Return: its name, NULL past the end.
 * Since: 0.1
 */
const char *flavour_module_driver(const struct flavour_module *module, size_t index);

/**
 * flavour_module_closure_count - how many modules must be loaded with it
 * @module: the module
 *
 * Return: how many, without itself.
 * Since: 0.1
 */
size_t flavour_module_closure_count(struct flavour_module *module);

/**
 * flavour_module_closure - one of the modules that must be loaded with it
 * @module: the module
 * @index: from 0
 *
 * Return: its name, NULL past the end.
 * Since: 0.1
 */
const char *flavour_module_closure(struct flavour_module *module, size_t index);

/**
 * flavour_module_closure_size - the size of it and its closure
 * @module: the module
 *
 * Return: the sizes of all files, in bytes.
 * Since: 0.1
 */
uint64_t flavour_module_closure_size(struct flavour_module *module);

/**
 * flavour_module_load_size - the size of what would have to be loaded
 * @module: the module
 *
 * Return: as flavour_module_closure_size(), without what is loaded now.
 * Since: 0.1
 */
uint64_t flavour_module_load_size(struct flavour_module *module);

/**
 * flavour_module_blacklisted - may modprobe not load it?
 * @module: the module
 *
 * Return: true if modprobe.d or the kernel command line blacklists it.
 * Since: 0.1
 */
bool flavour_module_blacklisted(struct flavour_module *module);

/**
 * flavour_module_alias_count - how many aliases of a flavour it has
 * @module: from flavour_modules_new() or a candidate, either of @flavour
 * @flavour: FLAVOUR_VFIO or FLAVOUR_NATIVE
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_module_alias_count(const struct flavour_module *module, enum flavour flavour);

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
 * @ret_candidates: set on success: best first, those that may not be chosen last
 *
 * An empty list is no error.
 *
 * Return: 0, -EINVAL, -ENODEV (device gone), -ENOENT (no index) or -ENOMEM.
 * Since: 0.1
 */
int flavour_candidates_new(struct flavour_device *dev, enum flavour flavour,
			   struct flavour_candidates **ret_candidates);

/**
 * flavour_candidates_count - how many candidates there are
 * @candidates: the candidates
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_candidates_count(const struct flavour_candidates *candidates);

/**
 * flavour_candidates_get - one candidate
 * @candidates: the candidates
 * @index: from 0
 *
 * Return: the candidate, NULL past the end.
 * Since: 0.1
 */
struct flavour_candidate *flavour_candidates_get(const struct flavour_candidates *candidates,
						 size_t index);

/**
 * flavour_candidates_free - free the candidates
 * @candidates: the candidates, or NULL
 *
 * Since: 0.1
 */
void flavour_candidates_free(struct flavour_candidates *candidates);

/**
 * flavour_candidate_module - its module
 * @candidate: the candidate
 *
 * Return: the module, which belongs to the context.
 * Since: 0.1
 */
struct flavour_module *flavour_candidate_module(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_alias - the alias of its module that matches best
 * @candidate: the candidate
 *
 * Return: the alias.
 * Since: 0.1
 */
const char *flavour_candidate_alias(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_wildcards - how wide that alias is, to show to people
 * @candidate: the candidate
 *
 * The order of the list goes by which fields are named, not by how many.
 *
 * Return: its wildcard fields, 0 (exact) to 7 (generic).
 * Since: 0.1
 */
unsigned int flavour_candidate_wildcards(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_is_generic - does it list every device?
 * @candidate: the candidate
 *
 * Return: true if its alias names nothing of the device, as vfio-pci's.
 * Since: 0.1
 */
bool flavour_candidate_is_generic(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_is_usable - may it be chosen?
 * @candidate: the candidate
 *
 * Return: true if its verdict is FLAVOUR_VERDICT_OK or FLAVOUR_VERDICT_PINNED.
 * Since: 0.1
 */
bool flavour_candidate_is_usable(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_verdict - may it be chosen, and why?
 * @candidate: the candidate
 *
 * Return: the verdict.
 * Since: 0.1
 */
enum flavour_verdict flavour_candidate_verdict(const struct flavour_candidate *candidate);

/**
 * flavour_candidate_reason - why it has this place in the list
 * @candidate: the candidate
 *
 * Return: a sentence.
 * Since: 0.1
 */
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
 * @ret_story: set on success to what was chosen and why, a line; free() it. May be
 *	NULL
 *
 * A module that is loaded already or builtin is a success, unless it is passed
 * over. What the kernel's loader calls.
 *
 * Return: 0, -EINVAL (malformed), -ENODEV (no module that may be loaded serves
 * it, or no other), -ENOENT (no index), -ENOMEM, or the last module's error.
 * Since: 0.1
 */
int flavour_load(struct flavour_ctx *ctx, const char *modalias, unsigned int flags,
		 char **ret_story);

/* ---- who uses a device ------------------------------------------------ */

/**
 * enum flavour_use_kinds - why taking the device away would hurt
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
 * @FLAVOUR_USE_VFIO: a process has the VFIO group or device open, or a VFIO device of the
 *	same group; not even force helps
 * @FLAVOUR_USE_GROUP: another member of its IOMMU group has a native driver
 * @FLAVOUR_USE_OPEN: a process has a device node of it open, of whatever kind; where its
 *	driver would wait for that process (sound), not even force helps
 * @FLAVOUR_USE_KEYBOARD: it has the only keyboard
 * @FLAVOUR_USE_UNKNOWN: something that may use it can't be looked at
 *
 * Since: 0.1
 */
enum flavour_use_kinds {
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
 * @ret_uses: set on success; empty if nobody does
 *
 * What can't be looked at is in it as FLAVOUR_USE_UNKNOWN: without root that goes for
 * each device with device nodes, as other users' open files are not seen.
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_uses_new(struct flavour_device *dev, struct flavour_uses **ret_uses);

/**
 * flavour_uses_count - how many uses there are
 * @uses: the uses
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_uses_count(const struct flavour_uses *uses);

/**
 * flavour_uses_get - one use
 * @uses: the uses
 * @index: from 0
 *
 * Return: the use, NULL past the end.
 * Since: 0.1
 */
const struct flavour_use *flavour_uses_get(const struct flavour_uses *uses, size_t index);

/**
 * flavour_uses_free - free the uses
 * @uses: the uses, or NULL
 *
 * Since: 0.1
 */
void flavour_uses_free(struct flavour_uses *uses);

/**
 * flavour_use_kind - which kind it is of
 * @use: the use
 *
 * Return: the kind.
 * Since: 0.1
 */
enum flavour_use_kinds flavour_use_kind(const struct flavour_use *use);

/**
 * flavour_use_text - who uses what, and how to end it
 * @use: the use
 *
 * Return: a sentence or two.
 * Since: 0.1
 */
const char *flavour_use_text(const struct flavour_use *use);

/**
 * flavour_use_subject - what is used
 * @use: the use
 *
 * Return: the disk, interface or device in question.
 * Since: 0.1
 */
const char *flavour_use_subject(const struct flavour_use *use);

/**
 * flavour_use_is_vital - does the machine run from it?
 * @use: the use
 *
 * Return: true if it is the root file system, or the default route.
 * Since: 0.1
 */
bool flavour_use_is_vital(const struct flavour_use *use);

/**
 * flavour_use_pid - which process it is
 * @use: the use
 *
 * Return: the process of FLAVOUR_USE_VFIO and FLAVOUR_USE_OPEN, else 0.
 * Since: 0.1
 */
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
 * @ret_plan: set on success
 *
 * Nothing is touched. A plan that can't work is a success here:
 * flavour_plan_result() and flavour_plan_message() tell.
 *
 * Return: 0, -EINVAL (no such flavour) or -ENOMEM.
 * Since: 0.1
 */
int flavour_plan_new(struct flavour_device *dev, enum flavour flavour, const char *driver,
		     unsigned int flags, const struct flavour_devices *together,
		     struct flavour_plan **ret_plan);

/**
 * flavour_plan_free - free a plan
 * @plan: the plan, or NULL; not one of a struct flavour_policy_plans
 *
 * Since: 0.1
 */
void flavour_plan_free(struct flavour_plan *plan);

/**
 * flavour_plan_device - whose plan it is
 * @plan: the plan
 *
 * Return: the device.
 * Since: 0.1
 */
struct flavour_device *flavour_plan_device(const struct flavour_plan *plan);

/**
 * flavour_plan_flavour - the flavour the device shall have
 * @plan: the plan
 *
 * Return: the flavour.
 * Since: 0.1
 */
enum flavour flavour_plan_flavour(const struct flavour_plan *plan);

/**
 * flavour_plan_result - can it be done; once it was run: was it?
 * @plan: the plan
 *
 * Return: 0, or a negative errno explained by flavour_plan_message().
 * Since: 0.1
 */
int flavour_plan_result(const struct flavour_plan *plan);

/**
 * flavour_plan_message - what is wrong and what to do
 * @plan: the plan
 *
 * Return: sentences; "" if nothing is wrong.
 * Since: 0.1
 */
const char *flavour_plan_message(const struct flavour_plan *plan);

/**
 * flavour_plan_noop - is the flavour in force already?
 * @plan: the plan
 *
 * Return: true if there is nothing to do.
 * Since: 0.1
 */
bool flavour_plan_noop(const struct flavour_plan *plan);

/**
 * flavour_plan_uses - who uses the device
 * @plan: the plan
 *
 * Return: the uses as of flavour_plan_new(); they belong to @plan.
 * Since: 0.1
 */
const struct flavour_uses *flavour_plan_uses(const struct flavour_plan *plan);

/**
 * flavour_plan_step_count - how many steps will be taken
 * @plan: the plan
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_plan_step_count(const struct flavour_plan *plan);

/**
 * flavour_plan_step - what will be done in one step
 * @plan: the plan
 * @index: from 0
 *
 * Return: a line, NULL past the end.
 * Since: 0.1
 */
const char *flavour_plan_step(const struct flavour_plan *plan, size_t index);

/**
 * flavour_plan_former_driver - the driver bound when it was planned
 * @plan: the plan
 *
 * Return: its name, or NULL.
 * Since: 0.1
 */
const char *flavour_plan_former_driver(const struct flavour_plan *plan);

/**
 * flavour_plan_driver - the driver bound by running it
 * @plan: the plan
 *
 * Return: its name, or NULL.
 * Since: 0.1
 */
const char *flavour_plan_driver(const struct flavour_plan *plan);

/**
 * flavour_plan_duration - how long running it took
 * @plan: the plan
 *
 * Return: nanoseconds.
 * Since: 0.1
 */
uint64_t flavour_plan_duration(const struct flavour_plan *plan);

/**
 * flavour_plan_set_timeout - how long running it may take
 * @plan: the plan, before it is run
 * @ms: milliseconds from the call of flavour_plan_run() or flavour_plans_run(); 0 for
 *	no limit, as it is at first
 *
 * What has not begun by then is not begun, and the device is as it was: -ETIME. If it
 * has to be put back, that may take ten seconds more.
 *
 * If a driver, or a module that is being loaded, does not return, it is given up:
 * -EINPROGRESS. What was begun goes on in the kernel, nothing else is done after it, and
 * until flavour_device_refresh() the device's override is NULL, and its flavour unknown
 * without the kernel module: they can't be read before the driver returns.
 *
 * Only what is waited for in the kernel is limited, not the look at what uses the
 * device. With a limit each write and each load is done by a child process, by fork():
 * what waits in the kernel can't be ended. One that does not return is left behind,
 * with none of the caller's files open.
 *
 * Since: 0.1
 */
void flavour_plan_set_timeout(struct flavour_plan *plan, unsigned int ms);

/**
 * flavour_plan_run - do it
 * @plan: the plan
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
 * @ctx: the context
 * @ret_policy: set on success
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_policy_new(struct flavour_ctx *ctx, struct flavour_policy **ret_policy);

/**
 * flavour_policy_read - the policy in force
 * @ctx: the context
 * @ret_policy: set on success
 *
 * Reads driver-flavour.d/X.conf of /etc, /run, /usr/local/lib and /usr/lib in
 * the order of their names; a file in an earlier one of these directories hides those of
 * the same name. Lines in error are left out and listed.
 *
 * Return: how many lines are in error, -ENOMEM, or what reading a file said.
 * Since: 0.1
 */
int flavour_policy_read(struct flavour_ctx *ctx, struct flavour_policy **ret_policy);

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

/**
 * flavour_policy_free - free a policy and its rules
 * @policy: the policy, or NULL
 *
 * Since: 0.1
 */
void flavour_policy_free(struct flavour_policy *policy);

/**
 * flavour_policy_error_count - how many errors it has
 * @policy: the policy
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_policy_error_count(const struct flavour_policy *policy);

/**
 * flavour_policy_error - one error
 * @policy: the policy
 * @index: from 0
 *
 * Return: "FILE:LINE:COLUMN: what is wrong", NULL past the end.
 * Since: 0.1
 */
const char *flavour_policy_error(const struct flavour_policy *policy, size_t index);

/**
 * flavour_policy_rule_count - how many rules it has
 * @policy: the policy
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_policy_rule_count(const struct flavour_policy *policy);

/**
 * flavour_policy_rule - one rule, in their order
 * @policy: the policy
 * @index: from 0
 *
 * Return: the rule, NULL past the end.
 * Since: 0.1
 */
const struct flavour_rule *flavour_policy_rule(const struct flavour_policy *policy, size_t index);

/**
 * flavour_policy_match - the rule for a device
 * @policy: the policy
 * @dev: the device
 *
 * Return: the first rule that matches @dev, or NULL.
 * Since: 0.1
 */
const struct flavour_rule *flavour_policy_match(const struct flavour_policy *policy,
						struct flavour_device *dev);

/**
 * flavour_rule_flavour - the flavour it gives
 * @rule: the rule
 *
 * Return: the flavour.
 * Since: 0.1
 */
enum flavour flavour_rule_flavour(const struct flavour_rule *rule);

/**
 * flavour_rule_text - what it says
 * @rule: the rule
 *
 * Return: the rule, one space between words, without comment.
 * Since: 0.1
 */
const char *flavour_rule_text(const struct flavour_rule *rule);

/**
 * flavour_rule_file - where it was read
 * @rule: the rule
 *
 * Return: the file's path.
 * Since: 0.1
 */
const char *flavour_rule_file(const struct flavour_rule *rule);

/**
 * flavour_rule_line - where in that file
 * @rule: the rule
 *
 * Return: the line's number, from 1.
 * Since: 0.1
 */
unsigned int flavour_rule_line(const struct flavour_rule *rule);

/**
 * flavour_rule_matches - do all its terms hold?
 * @rule: the rule
 * @dev: the device
 *
 * Return: true if they do for @dev.
 * Since: 0.1
 */
bool flavour_rule_matches(const struct flavour_rule *rule, struct flavour_device *dev);

/**
 * flavour_rule_compile - the rule in words the kernel module knows
 * @rule: the rule
 * @dev: a device it matches, by whose address dsn= and path= are compiled; NULL
 *	for a rule without these
 * @ret_match: set on success to a line of address=, modalias= and physfn= terms;
 *	free() it
 *
 * Return: 0, -ENODEV if @dev is needed and missing, -ENOMEM.
 * Since: 0.1
 */
int flavour_rule_compile(const struct flavour_rule *rule, struct flavour_device *dev,
			 char **ret_match);

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
 * flavour_policy_compiled_count - how many rules for the kernel there are
 * @policy: compiled
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_policy_compiled_count(const struct flavour_policy *policy);

/**
 * flavour_policy_compiled - a rule for the kernel
 * @policy: compiled
 * @index: from 0, in their order
 * @ret_rule: set to the rule that it was made of; may be NULL
 *
 * Return: its "match", NULL past the end.
 * Since: 0.1
 */
const char *flavour_policy_compiled(const struct flavour_policy *policy, size_t index,
				    const struct flavour_rule **ret_rule);

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
 * flavour_policy_plans_new - what the policy would do to devices
 * @policy: the policy
 * @devices: those in question
 * @ret_plans: set on success; free it before the policy
 *
 * A device for which no rule is, a bridge, and one that is native and shall be,
 * have no plan. Plans are without steps. A plan that would take what the root
 * file system is on, or is going to be mounted from, is refused like one for a
 * device in use. The boot display may be taken while it has no driver: the
 * policy says so.
 *
 * Return: 0, -ENOMEM, or what reading sysfs said.
 * Since: 0.1
 */
int flavour_policy_plans_new(struct flavour_policy *policy, const struct flavour_devices *devices,
			     struct flavour_policy_plans **ret_plans);

/**
 * flavour_policy_plans_count - how many plans there are
 * @plans: the plans
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_policy_plans_count(const struct flavour_policy_plans *plans);

/**
 * flavour_policy_plans_get - one plan
 * @plans: the plans
 * @index: from 0
 *
 * Return: the plan, NULL past the end.
 * Since: 0.1
 */
struct flavour_plan *flavour_policy_plans_get(const struct flavour_policy_plans *plans,
					      size_t index);

/**
 * flavour_policy_plans_free - free the plans
 * @plans: the plans, or NULL
 *
 * Since: 0.1
 */
void flavour_policy_plans_free(struct flavour_policy_plans *plans);

/**
 * flavour_plan_rule - the rule it comes from
 * @plan: the plan
 *
 * Return: the rule, NULL if it comes from none.
 * Since: 0.1
 */
const struct flavour_rule *flavour_plan_rule(const struct flavour_plan *plan);

/**
 * flavour_policy_add - the policy as it will be with one rule more
 * @policy: as it was read
 * @name: the file that the rule will be appended to, in /etc/driver-flavour.d
 * @rule: the line
 * @ret_rule: set to the rule, which takes its place among the others; belongs to
 *	@policy
 *
 * Nothing is written: see flavour_policy_file_add().
 *
 * Return: 0, -EINVAL (malformed rule or name) or -ENOMEM.
 * Since: 0.1
 */
int flavour_policy_add(struct flavour_policy *policy, const char *name, const char *rule,
		       const struct flavour_rule **ret_rule);

/**
 * enum flavour_finding_kinds - what may be wrong with a policy
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
enum flavour_finding_kinds {
	FLAVOUR_FINDING_WRONG,
	FLAVOUR_FINDING_SHADOWED,
	FLAVOUR_FINDING_VITAL,
	FLAVOUR_FINDING_OVERRULED,
	FLAVOUR_FINDING_SKIPPED,
	FLAVOUR_FINDING_NO_DEVICE,
};

/**
 * flavour_findings_new - look a policy over
 * @policy: the policy
 * @devices: all devices
 * @ret_findings: set on success; free them before the policy
 *
 * Return: 0, -ENOMEM, or what reading sysfs said.
 * Since: 0.1
 */
int flavour_findings_new(struct flavour_policy *policy, const struct flavour_devices *devices,
			 struct flavour_findings **ret_findings);

/**
 * flavour_findings_count - how many findings there are
 * @findings: the findings
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_findings_count(const struct flavour_findings *findings);

/**
 * flavour_findings_get - one finding
 * @findings: the findings
 * @index: from 0
 *
 * Return: the finding, NULL past the end.
 * Since: 0.1
 */
const struct flavour_finding *flavour_findings_get(const struct flavour_findings *findings,
						   size_t index);

/**
 * flavour_findings_free - free the findings
 * @findings: the findings, or NULL
 *
 * Since: 0.1
 */
void flavour_findings_free(struct flavour_findings *findings);

/**
 * flavour_finding_kind - which kind it is of
 * @finding: the finding
 *
 * Return: the kind.
 * Since: 0.1
 */
enum flavour_finding_kinds flavour_finding_kind(const struct flavour_finding *finding);

/**
 * flavour_finding_rule - the rule it is about
 * @finding: the finding
 *
 * Return: the rule, NULL for a line that is none.
 * Since: 0.1
 */
const struct flavour_rule *flavour_finding_rule(const struct flavour_finding *finding);

/**
 * flavour_finding_text - what is wrong
 * @finding: the finding
 *
 * Return: sentences: "FILE:LINE: what is wrong".
 * Since: 0.1
 */
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
 * @ctx: the context
 * @name: such as "50-local.conf", in /etc/driver-flavour.d
 * @rule: the line
 *
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
 * @ret_checks: set on success, always all of them
 *
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int flavour_checks_new(const struct flavour_devices *devices, struct flavour_checks **ret_checks);

/**
 * flavour_checks_count - how many checks there are
 * @checks: the checks
 *
 * Return: how many.
 * Since: 0.1
 */
size_t flavour_checks_count(const struct flavour_checks *checks);

/**
 * flavour_checks_get - one check
 * @checks: the checks
 * @index: from 0
 *
 * Return: the check, NULL past the end.
 * Since: 0.1
 */
const struct flavour_check *flavour_checks_get(const struct flavour_checks *checks, size_t index);

/**
 * flavour_checks_free - free the checks
 * @checks: the checks, or NULL
 *
 * Since: 0.1
 */
void flavour_checks_free(struct flavour_checks *checks);

/**
 * flavour_check_name - its name
 * @check: the check
 *
 * Return: one snake_case word: "iommu".
 * Since: 0.1
 */
const char *flavour_check_name(const struct flavour_check *check);

/**
 * flavour_check_health - how bad it is
 * @check: the check
 *
 * Return: the health.
 * Since: 0.1
 */
enum flavour_health flavour_check_health(const struct flavour_check *check);

/**
 * flavour_check_text - what was found
 * @check: the check
 *
 * Return: a sentence.
 * Since: 0.1
 */
const char *flavour_check_text(const struct flavour_check *check);

/**
 * flavour_check_advice - what to do
 * @check: the check
 *
 * Return: a sentence; NULL if there is nothing to do.
 * Since: 0.1
 */
const char *flavour_check_advice(const struct flavour_check *check);

#ifdef __cplusplus
}
#endif

#endif
