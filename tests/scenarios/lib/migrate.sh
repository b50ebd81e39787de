# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# migrate.sh: devices that can migrate.

# plug_ivshmem ID BYTES PORT: an ivshmem of its own size.
plug_ivshmem() {
	migrate_args="\"qom-type\":\"memory-backend-ram\",\"id\":\"$1-ram\",\"size\":$2,\"share\":true"
	qmp "{\"execute\":\"object-add\",\"arguments\":{$migrate_args}}" || return
	qmp_plug ivshmem-plain "$1" "$3" "memdev=$1-ram"
}

# unplug_ivshmem ID: with its memory.
unplug_ivshmem() {
	qmp_unplug "$1" && qmp "{\"execute\":\"object-del\",\"arguments\":{\"id\":\"$1-ram\"}}"
}

# claim_migrating DEV…: with a driver that can migrate.
claim_migrating() {
	for claim_d in "$@"; do
		assert set_flavour "$claim_d" vfio
		assert_eq "$(driver_of "$claim_d")" ivshmem_vfio_pci
	done
}
