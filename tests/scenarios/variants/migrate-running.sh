# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Pre-copy: a device moves while its user goes on reading and writing.
. "$LAB_DIR/guest/lib.sh"
. "$LAB_TOP/tests/scenarios/lib/flavour.sh"
. "$LAB_TOP/tests/scenarios/lib/migrate.sh"

moves_while_it_runs() {
	for piece in 1048576 4097 1000; do
		assert vfio-migrate precopy $IVSHMEM $IVSHMEM2 $piece
	done
}

install_modules ivshmem_vfio_pci
claim_migrating $IVSHMEM $IVSHMEM2
vfio-migrate info $IVSHMEM | grep -q pre-copy ||
	skip_all "the VFIO of Linux $(uname -r) has no pre-copy"

t "what is written is sent again, what is read is not" assert vfio-migrate tracking $IVSHMEM
t "it moves while it is written to, in pieces of any size" moves_while_it_runs
t "and once more, after races" assert vfio-migrate races $IVSHMEM2 2
t "the other way" assert vfio-migrate precopy $IVSHMEM2 $IVSHMEM
