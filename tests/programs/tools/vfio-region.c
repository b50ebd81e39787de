// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads, writes and maps one region of a VFIO device. */
#include <stdio.h>
#include <stdlib.h>

#include "vfio-open.h"
#include "vfio-steps.h"

int main(int argc, char **argv)
{
	struct vfio_handle vfio;
	bool done;

	if (argc < 4 || argv[1][0] == '-') {
		fputs("usage: vfio-region DEV REGION STEP...\n", stderr);
		return 2;
	}

	done = vfio_open_group(&vfio, argv[1]) && vfio_open_device(&vfio) &&
	       vfio_run_steps(&vfio, strtoul(argv[2], NULL, 0), argv + 3);
	vfio_close(&vfio);
	return !done;
}
