/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read-only module parameters that count; the argument is an atomic_t, because
 * devices are probed side by side.
 */
#ifndef TEST_COUNTER_H
#define TEST_COUNTER_H

#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

static int counter_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

/* Without it, naming a counter when loading the module would call NULL. */
static int counter_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static const struct kernel_param_ops counter_ops = {
	.get = counter_get,
	.set = counter_set,
};

#endif
