// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is the machine set up for VFIO? One function for each check. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/policy.h"

struct flavour_check {
	const char *name;
	enum flavour_health health;
	char *text, *advice;
};

struct flavour_checks {
	struct flavour_check v[16];
	size_t count;
};

struct exam {
	struct flavour_ctx *ctx;
	const struct flavour_devices *devices;
	struct flavour_check *check;
};

static void found(struct exam *exam, enum flavour_health health, char *text, char *advice)
{
	exam->check->health = health;
	exam->check->text = text;
	exam->check->advice = advice;
}

static bool sysfs_has(const struct exam *exam, const char *name)
{
	AUTOFREE char *path = ctx_path(exam->ctx, FLAVOUR_ROOT_SYSFS, "%s", name);

	return path_exists(path);
}

static char *sysfs_attr(const struct exam *exam, const char *name)
{
	AUTOFREE char *path = ctx_path(exam->ctx, FLAVOUR_ROOT_SYSFS, "%s", name);

	return read_attr(path);
}

static void check_iommu(struct exam *exam)
{
	size_t i, grouped = 0;

	for (i = 0; i < exam->devices->count; i++)
		grouped += flavour_device_group(exam->devices->v[i].dev) >= 0;
	if (grouped)
		found(exam, FLAVOUR_HEALTH_OK, format("The IOMMU is on: %zu of %zu devices are in "
						      "a group.", grouped, exam->devices->count),
		      NULL);
	else
		found(exam, FLAVOUR_HEALTH_BAD, strdup("No device is in an IOMMU group."),
		      strdup("Turn the IOMMU (VT-d, AMD-Vi, SMMU) on in the firmware and, on "
			     "Intel, boot with intel_iommu=on."));
}

/* The chips of remapped interrupts have names such as IR-PCI-MSI. */
static void check_remapping(struct exam *exam)
{
	AUTOFREE char *path = ctx_path(exam->ctx, FLAVOUR_ROOT_PROC, "interrupts");
	AUTOFREE char *text = read_text(path, NULL);
	AUTOFREE char *unsafe = sysfs_attr(exam, "module/vfio_iommu_type1/parameters/"
						 "allow_unsafe_interrupts");

	if (text && (strstr(text, " IR-") || strstr(text, "ITS-") || strstr(text, "GIC")))
		found(exam, FLAVOUR_HEALTH_OK, strdup("Interrupts are remapped."), NULL);
	else if (unsafe && *unsafe == 'Y')
		found(exam, FLAVOUR_HEALTH_NOTE,
		      strdup("Interrupts are not remapped, and VFIO was told to allow that."),
		      strdup("A guest can send interrupts to the host: trust your guests."));
	else
		found(exam, FLAVOUR_HEALTH_BAD,
		      strdup("Interrupt remapping does not seem to be on: VFIO will refuse guests."),
		      strdup("Turn it on in the firmware (x2APIC, interrupt remapping), or accept "
			     "the risk with vfio_iommu_type1.allow_unsafe_interrupts=1."));
}

static struct flavour_module *get_module(struct flavour_ctx *ctx, const char *name)
{
	struct flavour_module *module;

	pthread_mutex_lock(&ctx->lock);
	module = module_get(ctx, name);
	pthread_mutex_unlock(&ctx->lock);
	return module;
}

static bool is_loaded(struct exam *exam, const char *name)
{
	AUTOFREE char *path = format("module/%s", name);

	return path && sysfs_has(exam, path);
}

static bool is_installed(struct exam *exam, const char *name)
{
	struct flavour_module *module = get_module(exam->ctx, name);

	return module && flavour_module_path(module);
}

static void check_back_end(struct exam *exam)
{
	bool loaded = is_loaded(exam, "vfio_iommu_type1") || is_loaded(exam, "vfio_iommu_spapr_tce");
	bool type1 = loaded || is_installed(exam, "vfio_iommu_type1");
	bool iommufd = is_loaded(exam, "iommufd") || is_installed(exam, "iommufd");

	if (type1 && iommufd)
		found(exam, FLAVOUR_HEALTH_OK,
		      strdup("VFIO has both its IOMMU back ends, vfio_iommu_type1 and iommufd."), NULL);
	else if (iommufd)
		found(exam, FLAVOUR_HEALTH_NOTE, strdup("iommufd is VFIO's only IOMMU back end."),
		      strdup("Programs have to ask for it. QEMU 9.0 or newer does, with the options "
			     "that flavourctl set --hints prints."));
	else if (loaded)
		found(exam, FLAVOUR_HEALTH_OK, strdup("VFIO has its IOMMU back end."), NULL);
	else if (type1)
		found(exam, FLAVOUR_HEALTH_OK, strdup("vfio_iommu_type1 is installed; the kernel "
						      "loads it when a group is used."), NULL);
	else if (exam->ctx->kmod_problem)
		found(exam, FLAVOUR_HEALTH_BAD, format("vfio_iommu_type1 can't be looked up. %s",
						       exam->ctx->kmod_problem),
		      strdup("Until then it is unknown whether VFIO works."));
	else
		found(exam, FLAVOUR_HEALTH_BAD, strdup("There is no module vfio_iommu_type1: user "
						       "space can't use any group."),
		      strdup("Install the full set of modules of this kernel."));
}

static void check_index(struct exam *exam)
{
	struct flavour_modules *modules;
	int error = flavour_modules_new(exam->ctx, FLAVOUR_VFIO, &modules);
	size_t count = error ? 0 : flavour_modules_count(modules);

	if (error)
		found(exam, FLAVOUR_HEALTH_BAD, strdup(exam->ctx->err.text),
		      strdup(exam->ctx->kmod_problem ? "Until then no VFIO driver can be chosen." :
			     "Run depmod, or install the modules of this kernel."));
	else if (!count)
		found(exam, FLAVOUR_HEALTH_BAD, strdup("No module has VFIO entries for PCI: this "
						       "kernel has no vfio-pci."),
		      strdup("It is built without it (CONFIG_VFIO_PCI), or older than 5.16, or only "
			     "some of its modules are installed. Boot one that has it."));
	else
		found(exam, FLAVOUR_HEALTH_OK, format("%zu module%s VFIO entries for PCI.", count,
						      count == 1 ? " has" : "s have"), NULL);
	if (!error)
		flavour_modules_free(modules);
}

static void check_kernel_module(struct exam *exam)
{
	struct flavour_module *module = get_module(exam->ctx, "driver_flavour");
	AUTOFREE char *kept_out = modules_kept_out(exam->ctx);
	const char *without = "flavours are set through driver_override, and no rule applies "
			      "before a native driver";

	if (ctx_has_kernel_module(exam->ctx))
		found(exam, FLAVOUR_HEALTH_OK, strdup("The kernel module driver_flavour is "
						      "loaded."), NULL);
	else if (module && flavour_module_path(module))
		found(exam, FLAVOUR_HEALTH_NOTE,
		      format("The kernel module driver_flavour is installed, but not loaded: %s.",
			     without),
		      format("Run modprobe driver_flavour.%s%s", kept_out ? " If it is rejected: " : "",
			     kept_out ? kept_out : ""));
	else
		found(exam, FLAVOUR_HEALTH_NOTE,
		      format("The kernel module driver_flavour is not loaded: %s.", without),
		      strdup("Install driver-flavour-dkms and run modprobe driver_flavour."));
}

static bool is_newer(const char *release, const char *tested)
{
	unsigned int major, minor, tested_major, tested_minor;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       sscanf(tested, "%u.%u", &tested_major, &tested_minor) == 2 &&
	       (major > tested_major || (major == tested_major && minor > tested_minor));
}

static void check_kernel_version(struct exam *exam)
{
	AUTOFREE char *path = ctx_path(exam->ctx, FLAVOUR_ROOT_PROC, "sys/kernel/osrelease");
	AUTOFREE char *release = read_attr(path);

	if (!release)
		found(exam, FLAVOUR_HEALTH_NOTE, strdup("The kernel's version can't be read."),
		      strdup("Mount /proc."));
	else if (is_newer(release, FLAVOUR_NEWEST_KERNEL))
		found(exam, FLAVOUR_HEALTH_NOTE,
		      format("Linux %s is newer than " FLAVOUR_NEWEST_KERNEL ", the newest that "
			     "driver-flavour was tested on.", release),
		      strdup("Look for a newer driver-flavour. If this one's kernel module does not "
			     "build, flavours are set through driver_override."));
	else
		found(exam, FLAVOUR_HEALTH_OK, format("Linux %s is no newer than the newest that "
						      "driver-flavour was tested on.", release),
		      NULL);
}

/* Without its arguments; empty if it is turned off. */
static char *loader_program(const struct exam *exam)
{
	AUTOFREE char *sysctl = ctx_path(exam->ctx, FLAVOUR_ROOT_PROC, "sys/kernel/modprobe");
	char *loader = sysfs_attr(exam, "module/driver_flavour/parameters/loader");

	if (loader)
		loader[strcspn(loader, " ")] = '\0';
	if (!loader || strcmp(loader, "kernel.modprobe"))
		return loader;
	free(loader);
	return read_attr(sysctl);
}

static void check_loader(struct exam *exam)
{
	AUTOFREE char *loader = loader_program(exam);

	if (!loader || !strcmp(loader, "(null)"))
		found(exam, FLAVOUR_HEALTH_OK, strdup("No loader is needed without the kernel "
						      "module."), NULL);
	else if (!*loader)
		found(exam, FLAVOUR_HEALTH_NOTE, strdup("The loader is turned off: modules are "
							"loaded by udev or by hand."),
		      strdup("Install the udev rule, or set the module parameter loader."));
	else if (access(loader, X_OK))
		found(exam, FLAVOUR_HEALTH_BAD,
		      format("The loader %s can't be run: %s.", loader, strerror(errno)),
		      strdup("Install it, or set the module parameter loader."));
	else
		found(exam, FLAVOUR_HEALTH_OK, format("The loader is %s.", loader), NULL);
}

static void check_lockdown(struct exam *exam)
{
	char *text = modules_kept_out(exam->ctx);

	if (!text)
		found(exam, FLAVOUR_HEALTH_OK, strdup("The kernel is not locked down."), NULL);
	else if (strstr(text, "modules_disabled"))
		found(exam, FLAVOUR_HEALTH_NOTE, text,
		      strdup("Load driver_flavour and the VFIO drivers before that is set."));
	else
		found(exam, FLAVOUR_HEALTH_NOTE, text,
		      strdup("Sign modules that are built here. DKMS does, with a key that the "
			     "firmware has to know: mokutil --import /var/lib/dkms/mok.pub."));
}

static bool is_shared(const struct flavour_group *group)
{
	const struct flavour_devices *members = flavour_group_devices(group);
	size_t i, endpoints = 0;

	for (i = 0; i < members->count; i++)
		endpoints += !flavour_device_is_bridge(members->v[i].dev);
	return endpoints > 1;
}

static void check_isolation(struct exam *exam)
{
	struct flavour_groups *groups;
	size_t i, shared = 0;

	if (flavour_groups_new(exam->devices, &groups))
		return;
	for (i = 0; i < flavour_groups_count(groups); i++)
		shared += is_shared(flavour_groups_get(groups, i));
	if (!flavour_groups_count(groups))
		found(exam, FLAVOUR_HEALTH_NOTE, strdup("Without an IOMMU nothing keeps devices "
							"apart."), NULL);
	else if (shared)
		found(exam, FLAVOUR_HEALTH_NOTE,
		      format("%zu of %zu IOMMU groups have several devices, which can only be "
			     "claimed together.", shared, flavour_groups_count(groups)),
		      strdup("Claim them with their group, or move the card to a slot whose port "
			     "has ACS."));
	else
		found(exam, FLAVOUR_HEALTH_OK, strdup("Each device has an IOMMU group of its own."),
		      NULL);
	flavour_groups_free(groups);
}

static bool is_unlisted(const struct flavour_policy *policy, struct flavour_device *dev)
{
	const struct flavour_rule *rule;

	if (flavour_device_flavour(dev) != FLAVOUR_VFIO || flavour_device_driverctl(dev))
		return false;
	rule = flavour_policy_match(policy, dev);
	return !rule || flavour_rule_flavour(rule) != FLAVOUR_VFIO;
}

static void check_policy(struct exam *exam)
{
	struct flavour_policy *policy;
	struct strv unlisted = { 0 };
	AUTOFREE char *names = NULL;
	int wrong = flavour_policy_read(exam->ctx, &policy);
	size_t i;

	if (wrong < 0) {
		found(exam, FLAVOUR_HEALTH_BAD, strdup(exam->ctx->err.text), NULL);
		return;
	}
	for (i = 0; i < exam->devices->count; i++)
		if (is_unlisted(policy, exam->devices->v[i].dev))
			strv_add(&unlisted, exam->devices->v[i].dev->address);
	names = strv_join(&unlisted, ", ");
	if (wrong)
		found(exam, FLAVOUR_HEALTH_BAD, format("The policy has %d line%s in error: %s",
						       wrong, wrong == 1 ? "" : "s",
						       flavour_policy_error(policy, 0)),
		      strdup("Correct them: these lines are ignored."));
	else if (unlisted.count)
		found(exam, FLAVOUR_HEALTH_NOTE,
		      format("VFIO devices without a rule: %s.", names ? names : "?"),
		      strdup("They are native again after a reboot: add a rule to keep them."));
	else
		found(exam, FLAVOUR_HEALTH_OK, strdup("All VFIO devices have a rule, or are in driverctl."), NULL);
	strv_clear(&unlisted);
	flavour_policy_free(policy);
}

/* The devices of driverctl; @both gets those that the policy has, too. */
static size_t list_driverctl(struct exam *exam, struct strv *held, struct strv *both)
{
	struct flavour_policy *policy = NULL;
	size_t i;

	if (flavour_policy_read(exam->ctx, &policy) < 0)
		policy = NULL;
	for (i = 0; i < exam->devices->count; i++) {
		struct flavour_device *dev = exam->devices->v[i].dev;
		const char *driver = flavour_device_driverctl(dev);

		if (driver && policy && flavour_policy_match(policy, dev))
			strv_take(both, format("%s (%s)", dev->address, driver));
		else if (driver)
			strv_take(held, format("%s (%s)", dev->address, driver));
	}
	flavour_policy_free(policy);
	return held->count + both->count;
}

static void check_driverctl(struct exam *exam)
{
	struct strv held = { 0 }, both = { 0 };
	size_t count = list_driverctl(exam, &held, &both);
	AUTOFREE char *names = strv_join(both.count ? &both : &held, ", ");

	if (!count)
		found(exam, FLAVOUR_HEALTH_OK, strdup("driverctl has no device."), NULL);
	else if (both.count)
		found(exam, FLAVOUR_HEALTH_BAD,
		      format("Both driverctl and the policy have %s: at boot, whichever runs last "
			     "wins.", names ? names : "?"),
		      strdup("Keep only one of them: run driverctl unset-override, or remove the "
			     "rule."));
	else
		found(exam, FLAVOUR_HEALTH_NOTE,
		      format("In /etc/driverctl.d, without a rule: %s.", names ? names : "?"),
		      strdup("driverctl binds that driver at each boot. To have the best one "
			     "chosen, add a rule and run driverctl unset-override."));
	strv_clear(&held);
	strv_clear(&both);
}

static const struct {
	const char *name;
	void (*check)(struct exam *exam);
} all_checks[] = {
	{ "iommu", check_iommu },
	{ "interrupt_remapping", check_remapping },
	{ "vfio_iommu", check_back_end },
	{ "vfio_modules", check_index },
	{ "kernel_module", check_kernel_module },
	{ "kernel_version", check_kernel_version },
	{ "loader", check_loader },
	{ "lockdown", check_lockdown },
	{ "isolation", check_isolation },
	{ "policy", check_policy },
	{ "driverctl", check_driverctl },
};

API int flavour_checks_new(const struct flavour_devices *devices,
			   struct flavour_checks **ret_checks)
{
	struct exam exam = { .ctx = devices->ctx, .devices = devices };
	struct flavour_checks *checks = calloc(1, sizeof(*checks));
	size_t i;

	if (!checks)
		return ctx_oom(devices->ctx);
	for (i = 0; i < ARRAY_LEN(all_checks); i++) {
		exam.check = &checks->v[checks->count++];
		exam.check->name = all_checks[i].name;
		all_checks[i].check(&exam);
		if (exam.check->text)
			continue;
		flavour_checks_free(checks);
		return ctx_oom(devices->ctx);
	}
	*ret_checks = checks;
	return 0;
}

API size_t flavour_checks_count(const struct flavour_checks *checks)
{
	return checks->count;
}

API const struct flavour_check *flavour_checks_get(const struct flavour_checks *checks,
						   size_t index)
{
	return index < checks->count ? &checks->v[index] : NULL;
}

API void flavour_checks_free(struct flavour_checks *checks)
{
	size_t i;

	if (!checks)
		return;
	for (i = 0; i < checks->count; i++) {
		free(checks->v[i].text);
		free(checks->v[i].advice);
	}
	free(checks);
}

API const char *flavour_check_name(const struct flavour_check *check)
{
	return check->name;
}

API enum flavour_health flavour_check_health(const struct flavour_check *check)
{
	return check->health;
}

API const char *flavour_check_text(const struct flavour_check *check)
{
	return check->text;
}

API const char *flavour_check_advice(const struct flavour_check *check)
{
	return check->advice;
}
