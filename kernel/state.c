// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flavour in force: that of the device's driver, or the one that was set.
 */
#include <linux/device.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "candidate.h"
#include "device.h"

/* This module writes no longer override. */
#define OVERRIDE_SIZE 80

static bool override_words = true;
module_param(override_words, bool, 0644);
MODULE_PARM_DESC(override_words, "Let vfio, vfio-pci* and vfio_pci* in driver_override set the flavour (default yes)");

/**
 * struct sight - what a look at a device shows
 * @bound: it has a driver
 * @driver: the flavour of that
 * @len: the length of its override; -EAGAIN if that can't be told now
 * @override: the override, as far as it fits
 */
struct sight {
	bool bound;
	enum flavour driver;
	int len;
	char override[OVERRIDE_SIZE];
};

/**
 * flavour_device_override - set a device's override, and remember that we did
 * @fdev: its entry
 * @name: a driver's name or a word; NULL to clear it
 * @ours: it goes with the flavour; or else it is what somebody else wrote
 *
 * What somebody else writes there later takes the flavour from the device.
 *
 * Return: 0 or a negative errno.
 */
int flavour_device_override(struct flavour_device *fdev, const char *name, bool ours)
{
	char *wrote = kstrdup(ours ? name : NULL, GFP_KERNEL);
	int ret = ours && name && !wrote ? -ENOMEM : fdev->bus->override_set(fdev->dev, name);

	if (!ret) {
		flavour_device_lock();
		swap(fdev->wrote, wrote);
		flavour_device_unlock();
	}
	kfree(wrote);
	return ret;
}

/**
 * flavour_device_wrote - is an override what this module wrote?
 * @fdev: the device's entry
 * @override: the override, NULL if unset
 *
 * Return: true if flavour_device_override() wrote it, as ours, last.
 */
bool flavour_device_wrote(struct flavour_device *fdev, const char *override)
{
	bool ours;

	/* A rule may write another one in the notifier, and free this. */
	flavour_device_lock();
	ours = override && fdev->wrote && !strcmp(override, fdev->wrote);
	flavour_device_unlock();
	return ours;
}

static void look(struct device *dev, const struct flavour_bus *bus, struct sight *sight)
{
	sight->bound = flavour_driver_flavour(dev, &sight->driver);
	sight->len = bus->override_get(dev, sight->override, sizeof(sight->override));
}

/**
 * flavour_state_words_count - do words in an override set the flavour?
 *
 * Return: true unless the administrator turned them off.
 */
bool flavour_state_words_count(void)
{
	return READ_ONCE(override_words);
}

static bool is_vfio_word(const struct flavour_bus *bus, const char *override)
{
	const char * const *word;

	for (word = bus->words; *word; word++)
		if (!strcmp(override, *word))
			return true;
	return false;
}

/*
 * With a driver, the flavour is the driver's, no matter how it was bound. Without
 * one it follows from the override: the flavour of a word, or the one that was
 * set, as long as the override is what this module wrote.
 */
static enum flavour in_force_locked(const struct flavour_device *fdev,
				    const struct flavour_bus *bus, const struct sight *sight)
{
	enum flavour given = fdev ? fdev->flavour : FLAVOUR_NATIVE;

	if (sight->bound)
		return sight->driver;
	if (sight->len < 0)
		return given;
	if (!sight->len)
		return FLAVOUR_NATIVE;
	if (!strcmp(sight->override, flavour_words[FLAVOUR_NONE]))
		return FLAVOUR_NONE;
	if (flavour_state_words_count() && is_vfio_word(bus, sight->override))
		return FLAVOUR_VFIO;
	return fdev && fdev->wrote && !strcmp(fdev->wrote, sight->override) ?
		given : FLAVOUR_NATIVE;
}

/**
 * flavour_state_read - the flavour in force
 * @dev: a device of one of the buses
 *
 * Waits for no lock that is held while a driver binds. While the flavour
 * changes, it is still the former one.
 *
 * Return: the flavour.
 */
enum flavour flavour_state_read(struct device *dev)
{
	const struct flavour_bus *bus = flavour_bus_of(dev);
	enum flavour flavour;
	struct flavour_device *fdev;
	struct sight sight;

	look(dev, bus, &sight);
	flavour_device_lock();
	fdev = flavour_device_find_locked(dev);
	flavour = fdev && fdev->busy ? fdev->flavour : in_force_locked(fdev, bus, &sight);
	flavour_device_unlock();
	return flavour;
}

/**
 * flavour_device_begin - begin to change a device, with its flavour up to date
 * @fdev: its entry
 */
void flavour_device_begin(struct flavour_device *fdev)
{
	/* If it has left the bus, nobody will take its flavour, and the entry, from it. */
	bool stays = flavour_bus_has(fdev->dev), drop;
	struct sight sight;

	look(fdev->dev, fdev->bus, &sight);
	flavour_device_lock();
	fdev->busy = true;
	drop = stays && !fdev->gone &&
		flavour_device_set_locked(fdev, in_force_locked(fdev, fdev->bus, &sight));
	flavour_device_unlock();
	if (drop)
		flavour_device_drop(fdev);
}
