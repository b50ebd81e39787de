// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flavour in force: that of the device's driver, or the one that was set.
 */
#include <linux/device.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "candidate.h"
#include "flavoured.h"

/* This module writes no longer override. */
#define OVERRIDE_SIZE 80

static bool override_words = true;
module_param(override_words, bool, 0644);
MODULE_PARM_DESC(override_words, "Let vfio, vfio-pci* and vfio_pci* in driver_override set the flavour (default yes)");

/**
 * struct sight - what a look at a device shows
 * @bound: the flavour of its driver; FLAVOUR_COUNT without one
 * @len: the length of its override; -EAGAIN if that can't be told now
 * @override: the override, as far as it fits
 */
struct sight {
	enum flavour bound;
	int len;
	char override[OVERRIDE_SIZE];
};

/**
 * flavoured_override - set a device's override, and remember that we did
 * @fd: its entry
 * @name: a driver's name or a word; NULL to clear it
 * @ours: it goes with the flavour; or else it is what somebody else wrote
 *
 * What somebody else writes there later takes the flavour from the device.
 *
 * Return: 0 or a negative errno.
 */
int flavoured_override(struct flavoured *fd, const char *name, bool ours)
{
	char *wrote = kstrdup(ours ? name : NULL, GFP_KERNEL);
	int ret = ours && name && !wrote ? -ENOMEM : fd->bus->override_set(fd->dev, name);

	if (!ret) {
		flavoured_lock();
		swap(fd->wrote, wrote);
		flavoured_unlock();
	}
	kfree(wrote);
	return ret;
}

static void look(struct device *dev, const struct flavour_bus *bus, struct sight *sight)
{
	sight->bound = driver_flavour_bound(dev, bus, FLAVOUR_COUNT);
	sight->len = bus->override_get(dev, sight->override, sizeof(sight->override));
}

/**
 * flavour_words_count - do words in an override set the flavour?
 *
 * Return: true unless the administrator turned them off.
 */
bool flavour_words_count(void)
{
	return READ_ONCE(override_words);
}

/* The flavour that an override names by itself; FLAVOUR_COUNT if it is no word. */
static enum flavour word_flavour(const struct flavour_bus *bus, const char *override)
{
	const char * const *word;

	if (!strcmp(override, flavour_words[FLAVOUR_NONE]))
		return FLAVOUR_NONE;
	for (word = bus->words; *word; word++)
		if (!strcmp(override, *word))
			return FLAVOUR_VFIO;
	return FLAVOUR_COUNT;
}

/*
 * With a driver, the flavour is the driver's, no matter how it was bound. Without
 * one it follows from the override: the flavour of a word, or the one that was
 * set, as long as the override is what this module wrote.
 */
static enum flavour in_force_locked(const struct flavoured *fd, const struct flavour_bus *bus,
				    const struct sight *sight)
{
	enum flavour given = fd ? fd->flavour : FLAVOUR_NATIVE, word;

	if (sight->bound != FLAVOUR_COUNT)
		return sight->bound;
	if (sight->len < 0)
		return given;
	if (!sight->len)
		return FLAVOUR_NATIVE;
	word = word_flavour(bus, sight->override);
	if (word == FLAVOUR_NONE || (word == FLAVOUR_VFIO && flavour_words_count()))
		return word;
	return fd && fd->wrote && !strcmp(fd->wrote, sight->override) ? given : FLAVOUR_NATIVE;
}

/**
 * flavoured_read - the flavour in force
 * @dev: a device
 * @bus: its bus
 *
 * Waits for no lock that is held while a driver binds. While the flavour
 * changes, it is still the former one.
 *
 * Return: the flavour.
 */
enum flavour flavoured_read(struct device *dev, const struct flavour_bus *bus)
{
	enum flavour flavour;
	struct flavoured *fd;
	struct sight sight;

	look(dev, bus, &sight);
	flavoured_lock();
	fd = flavoured_find_locked(dev);
	flavour = fd && fd->busy ? fd->flavour : in_force_locked(fd, bus, &sight);
	flavoured_unlock();
	return flavour;
}

/**
 * flavoured_begin - begin to change a device, with its flavour up to date
 * @fd: its entry
 */
void flavoured_begin(struct flavoured *fd)
{
	struct sight sight;
	bool drop;

	look(fd->dev, fd->bus, &sight);
	flavoured_lock();
	fd->busy = true;
	drop = !fd->gone && flavoured_set_locked(fd, in_force_locked(fd, fd->bus, &sight));
	flavoured_unlock();
	if (drop)
		flavoured_drop(fd);
}
