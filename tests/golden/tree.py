#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine as text: what libflavour reads of /sys, /proc and the modules.

  tree.py record >FILE       write down the machine this runs on
  tree.py unpack FILE DIR    make it again, of plain files, in DIR
  tree.py large N >FILE      invent one of N devices

A line an entry: "f PATH JSON-STRING" a file, "b PATH BASE64" a file that is not
text, "s PATH BYTES" a file of that size, "d PATH" a folder, "l PATH TARGET" a
link. Paths are below sys/, proc/ and modules/.
"""
import base64
import glob
import json
import os
import sys

DEVICE_FILES = """modalias class vendor device subsystem_vendor subsystem_device revision
driver_override driver_flavour numa_node boot_vga reset_method sriov_numvfs sriov_totalvfs
dev partition size enabled""".split()
LINKS = "driver iommu_group physfn subsystem master device".split()
PROC = """swaps self/mountinfo net/route net/ipv6_route net/if_inet6 bus/input/devices
iomem sys/kernel/osrelease""".split()
KEPT_CONFIG = 4096


def out(kind, path, *rest):
    print(kind, path.lstrip("/"), *rest)


def text(path):
    try:
        with open(path, "rb") as file:
            out("f", path, json.dumps(file.read().decode()))
    except (OSError, UnicodeDecodeError):
        pass


def config(path):
    try:
        with open(path, "rb") as file:
            data = file.read(KEPT_CONFIG).rstrip(b"\0")
        out("b", path, base64.b64encode(data).decode())
    except OSError:
        pass


def link(path):
    if os.path.islink(path):
        out("l", path, os.readlink(path))


def record_device(top):
    """All below a host bridge, without what nobody reads."""
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(set(folders) - {"power", "msi_irqs", "statistics", "queues", "trace"})
        if os.path.basename(folder).startswith("pci_express:"):
            folders[:] = []
            continue
        out("d", folder)
        for name in sorted(files):
            if name in DEVICE_FILES:
                text(f"{folder}/{name}")
            elif name == "config":
                config(f"{folder}/{name}")
        for name in sorted(os.listdir(folder)):
            if name in LINKS or name.startswith(("virtfn", "upper_", "lower_")):
                link(f"{folder}/{name}")
        folders[:] = [name for name in folders if not os.path.islink(f"{folder}/{name}")]


def record_drivers():
    for folder in sorted(glob.glob("/sys/bus/pci/drivers/*")):
        out("d", folder)
        if os.path.exists(f"{folder}/bind"):
            out("s", f"{folder}/bind", 0)
        link(f"{folder}/module")


def record_modules():
    for folder in sorted(glob.glob("/sys/module/*")):
        links = sorted(glob.glob(f"{folder}/drivers/pci:*"))
        if not links and not os.path.basename(folder).startswith(("vfio", "driver_flavour")):
            continue
        text(f"{folder}/initstate")
        for path in links:
            link(path)
    text("/sys/module/driver_flavour/parameters/loader")


def record_sysfs():
    for path in ["/sys/bus/pci/driver_flavours", "/sys/kernel/security/lockdown"]:
        text(path)
    out("s", "/sys/bus/pci/drivers_probe", 0)
    for path in sorted(glob.glob("/sys/bus/pci/devices/*") + glob.glob("/sys/class/net/*") +
                       glob.glob("/sys/class/block/*") + glob.glob("/sys/class/vfio-dev/*")):
        link(path)
    for folder in ["/sys/dev/block", "/sys/dev/char"]:
        out("d", folder)
        for path in sorted(glob.glob(f"{folder}/*")):
            if "/pci" in os.readlink(path) or "/vfio/" in os.readlink(path):
                link(path)
    for path in sorted(glob.glob("/sys/class/graphics/fb*")):
        link(path)
    for top in sorted(glob.glob("/sys/devices/pci*")):
        record_device(top)
    for path in sorted(glob.glob("/sys/bus/pci/slots/*/address")):
        text(path)
    for path in sorted(glob.glob("/sys/kernel/iommu_groups/*")):
        text(f"{path}/type")
        for member in sorted(glob.glob(f"{path}/devices/*")):
            link(member)
    record_drivers()
    record_modules()


def record_index():
    root = f"/lib/modules/{os.uname().release}"
    with open(f"{root}/modules.alias") as file:
        lines = [line for line in file if "vfio" in line]
    out("f", "modules/modules.alias", json.dumps("".join(lines)))
    for name in ["modules.dep.bin", "modules.alias.bin", "modules.builtin.bin"]:
        with open(f"{root}/{name}", "rb") as file:
            out("b", f"modules/{name}", base64.b64encode(file.read()).decode())
    with open(f"{root}/modules.dep") as file:
        for line in sorted(file):
            path = line.split(":")[0]
            if "vfio" in path or "irqbypass" in path or "iommufd" in path:
                out("s", f"modules/{path}", os.path.getsize(f"{root}/{path}"))


def record():
    for name in PROC:
        text(f"/proc/{name}")
    link("/proc/1/ns/pid")
    out("f", "proc/interrupts", json.dumps(" 24:  0  IR-PCI-MSI\n"))
    record_sysfs()
    record_index()


def unpack(file, top):
    made = set()
    for line in open(file):
        kind, path, *rest = line.rstrip("\n").split(" ", 2)
        if kind.startswith("#"):
            continue
        rest = rest[0] if rest else ""
        path = f"{top}/{path}"
        folder = path if kind == "d" else os.path.dirname(path)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if kind == "l":
            os.symlink(rest, path)
        elif kind != "d":
            data = {"f": lambda: json.loads(rest).encode(), "b": lambda: base64.b64decode(rest),
                    "s": lambda: b""}[kind]()
            with open(path, "wb") as out_file:
                out_file.write(data)
                if kind == "s":
                    out_file.truncate(int(rest))


def large(count):
    """A server: PFs of 15b3:1021 with VFs of 15b3:101e, each in its own group."""
    for i in range(count):
        address = "%04x:%02x:%02x.%x" % (i // 0x8000, i >> 8 & 0x7f, i >> 3 & 0x1f, i & 7)
        real = f"sys/devices/pci0000:00/{address}"
        pf = i % 64 == 0
        ids = "d00001021" if pf else "d0000101E"
        out("f", f"{real}/modalias",
            json.dumps(f"pci:v000015B3{ids}sv000015B3sd00000058bc02sc00i00\n"))
        out("f", f"{real}/driver_override", json.dumps("(null)\n"))
        out("b", f"{real}/config", "A" * 84 + "==")
        out("l", f"{real}/iommu_group", f"../../../kernel/iommu_groups/{i}")
        out("l", f"sys/bus/pci/devices/{address}", f"../../../devices/pci0000:00/{address}")
        out("l", f"{real}/driver", "../../../bus/pci/drivers/mlx5_core")
    out("l", "proc/1/ns/pid", "pid:[4026531836]")
    out("d", "sys/dev/block")
    out("d", "sys/dev/char")
    out("d", "sys/bus/pci/drivers/mlx5_core")
    out("l", "sys/bus/pci/drivers/mlx5_core/module", "../../../../module/mlx5_core")
    out("f", "sys/module/mlx5_core/initstate", json.dumps("live\n"))
    out("f", "modules/modules.alias",
        json.dumps("alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
                   "alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n"))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or ["help"]
    if command == "record":
        record()
    elif command == "unpack":
        unpack(*arguments)
    elif command == "large":
        large(int(arguments[0]))
    else:
        sys.exit(__doc__)
