#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-ops.sh CHECK: what scripts/check-ops finds in objects that are compiled as
# modules are, beside a vfio-pci.ko of a kernel with one callback more, and of one with
# a second structure.
set -u

check=$1
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mkdir -p "$top"/{with/kernel,with/build/include/linux,builtin,without,src}
bad=0

wrong() {
	echo "$*"
	bad=1
}

cat >"$top/with/build/include/linux/vfio.h" <<'END_OF_HEADER'
struct vfio_device_ops {
	char	*name;
	int	(*open_device)(void *vdev);
	/* int	(*gone)(void *vdev); */
	int	(*match)(void *vdev,
			 char *buf);
	int	(*match_token_uuid)(void *vdev, const char *uuid);
	void	(*dma_unmap)(void *vdev);
};
END_OF_HEADER

# compiled NAME: a module of what is on stdin, after the declarations.
compiled() {
	{
		echo "#include <stddef.h>"
		cat "$top/with/build/include/linux/vfio.h"
		cat <<'END_OF_CODE'
int vfio_pci_core_match(void *vdev, char *buf);
int vfio_pci_core_match_token_uuid(void *vdev, const char *uuid);
int vfio_pci_core_get_dmabuf_phys(void *core);
int _vfio_alloc_device(const struct vfio_device_ops *ops);
static int own_open(void *vdev) { return 0; }
END_OF_CODE
		cat
	} >"$top/src/$1.c"
	${CC:-cc} -c -O2 -fno-pie -o "$top/src/$1.ko" "$top/src/$1.c" || wrong "$1 does not compile"
}

# driver NAME OPS MEMBERS: a module with that structure, which it uses.
driver() {
	compiled "$1" <<END_OF_DRIVER
static const struct vfio_device_ops $2 = {
	.name = "$1",
	.open_device = own_open,
	.match = vfio_pci_core_match,
$3
};
int probe(void) { return _vfio_alloc_device(&$2); }
END_OF_DRIVER
}

# says RESULT WORDS MODULES NAME…: that exit code, and these words or none.
says() {
	local want=$1 words=$2 modules=$3 said status=0
	shift 3
	said=$("$check" "$top/$modules" "${@/#/$top/src/}" 2>&1) || status=$?
	[ "$status" = "$want" ] || wrong "$*: exit code $status, not $want: $said"
	[[ -n $words && $said == *"$words"* ]] || [ -z "$words$said" ] ||
		wrong "$*: says '$said', not '$words'"
}

token='.match_token_uuid = vfio_pci_core_match_token_uuid,'
driver vfio-pci vfio_pci_ops "$token"
mv "$top/src/vfio-pci.ko" "$top/with/kernel/"
echo kernel/drivers/vfio/pci/vfio-pci.ko >"$top/builtin/modules.builtin"

# A newer kernel's vfio-pci, with a structure of which each device has a pointer.
mkdir -p "$top/second"
cp -r "$top/with/build" "$top/second/"
cat >"$top/second/build/include/linux/vfio_pci_core.h" <<'END_OF_HEADER'
struct vfio_pci_device_ops {
	int (*get_dmabuf_phys)(void *core,
			       int region);
};
END_OF_HEADER
second='};
const void *vfio_pci_dev_ops[] = { vfio_pci_core_get_dmabuf_phys'
driver vfio-pci vfio_pci_ops "$token $second"
mkdir -p "$top/second/kernel"
mv "$top/src/vfio-pci.ko" "$top/second/kernel/"
driver wrapped wrapped_ops "$token
};
int own_phys(void *core) { return vfio_pci_core_get_dmabuf_phys(core);"

driver whole whole_ops "$token .dma_unmap = (void *)own_open,"
driver short short_ops ""
driver excused excused_ops '	.match_token_uuid = NULL, /* no token here */'
driver silent silent_ops '	.match_token_uuid = NULL,'
driver other other_ops '	.match = NULL, /* another one */ .dma_unmap = (void *)vfio_pci_core_match,'
compiled native <<<'int probe(void) { return 0; }'
compiled hidden <<<'int probe(void) { return _vfio_alloc_device((void *)own_open); }'

missing='has no .match_token_uuid, for which vfio-pci has vfio_pci_core_match_token_uuid'
says 0 "" with whole.ko native.ko excused.ko
says 1 "short.ko: short_ops $missing" with whole.ko short.ko
says 1 "silent_ops $missing" with silent.ko
says 1 "other_ops $missing" with other.ko
says 1 "has no struct vfio_device_ops that this finds" with hidden.ko
says 0 "" second wrapped.ko
says 1 "no pci_ops of its devices has .get_dmabuf_phys, for which vfio-pci has vfio_pci_core_get_dmabuf_phys" \
	second whole.ko
# Any source beside it may say so, thus last.
driver unshared unshared_ops "$token
};
static const struct { int (*get_dmabuf_phys)(void *core); } unshared_pci_ops __attribute__((unused)) = {
	.get_dmabuf_phys = NULL, /* nobody else may reach it */"
says 0 "" second unshared.ko
says 1 "no vfio-pci.ko below" without whole.ko
says 0 "in the image" builtin short.ko
says 1 "can't be read" with absent.ko
xz "$top/with/kernel/vfio-pci.ko"
says 1 "short_ops $missing" with short.ko
rm "$top/with/build/include/linux/vfio.h"
says 1 "short_ops has no .(offset 24)" with short.ko
exit $bad
