/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a test does with one region of a device, a word a step: README.md lists them. */
#ifndef VFIO_STEPS_H
#define VFIO_STEPS_H

#include <stdbool.h>

#include "vfio-open.h"

/*
 * One line for each: the step, and what came of it, an errno's name if it failed.
 * False, after a line on stderr, if a step can't be understood.
 */
bool vfio_run_steps(const struct vfio_handle *vfio, unsigned int region, char **steps);

#endif
