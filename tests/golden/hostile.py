#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py FLAVOURCTL FLAVOUR_LOAD: whatever the names in files are, and whatever is left
of the files, neither crashes or hangs, and both print UTF-8 without control characters, and
JSON that can be read."""
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import tree  # noqa: E402 (its folder is on the path only now)

tempfile.tempdir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
BAD = b"x\x1b]0;owned\x07\x9b31m\xff\xc3\xe2\x82\xc2\x9by\x7f\r\x08"
LOOKS = [["list"], ["list", "-J"], ["list", "-o", "+override,interfaces"], ["show", "*"], ["show", "-J", "*"],
         ["explain", "*"], ["explain", "-J", "*"], ["graph"], ["graph", "--dot"], ["groups", "-J"], ["doctor"],
         ["doctor", "-J"], ["drivers", "-J"], ["rule", "list"], ["rule", "check"], ["rule", "check", "-J"],
         ["set", "vfio", "-n", "*"], ["set", "vfio", "-n", "-J", "*"], ["apply", "-n", "-J"], ["apply", "-n"]]
NAMES = [["list"], ["list", "-J"], ["show", "*"], ["show", "-J", "*"], ["explain", "*"], ["explain", "-J", "*"],
         ["graph"]]
INDEXES = ["modules.alias.bin", "modules.dep.bin", "modules.builtin.bin"]
HEADER = b"\xb0\x07\xf4\x57\0\2\0\1"
# Its root is its own child; two children are one; four thousand million values; a child out of the file.
LOOPS = [HEADER + b"\x20\0\0\x0c**\x20\0\0\x0c",
         HEADER + b"\x20\0\0\x10\0\0\0\0*+\xa0\0\0\x1c\xa0\0\0\x1ca\0**\0\0\0\0",
         HEADER + b"\x40\0\0\x0c\xff\xff\xff\xff", HEADER + b"\x20\0\0\x0caa\x4f\xff\xff\xff"]
ALIAS = "vfio_pci:v00008086d000010D3sv0000DF00sd00000001bc02sc00i00"


def environment(top, ids, locale):
    names = {"sys": "SYSFS"}
    env = {f"FLAVOUR_{names.get(name, name.upper())}": f"{top}/{name}"
           for name in ["sys", "proc", "dev", "etc", "run", "local_lib", "lib", "modules"]}
    kept = {key: value for key, value in os.environ.items() if "SAN_OPTIONS" in key or key == "PATH"}
    return {**env, **kept, "FLAVOURCTL_PCI_IDS": ids, "LC_ALL": locale}


def judge(done, arguments):
    """What is wrong with an answer, or None."""
    if done.returncode not in (0, 1, 2, 3, 4):
        return f"exit {done.returncode}"
    for output in (done.stdout, done.stderr):
        try:
            text = output.decode()
        except UnicodeDecodeError as error:
            return f"{error}"
        bad = [c for c in text if c != "\n" and c != "\t" and (c < " " or "\x7f" <= c < "\xa0")]
        if bad:
            return f"it prints {bad[0]!r}"
    if "-J" in arguments and done.stdout:
        try:
            json.loads(done.stdout)
        except ValueError as error:
            return f"{error}"
    return None


def look(program, top, ids, arguments, locale="C.UTF-8", part=b""):
    try:
        done = subprocess.run([program, *arguments], env=environment(top, ids, locale), timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True)
    except subprocess.TimeoutExpired:
        return "it hangs"
    if part not in done.stdout + done.stderr:
        return f"it does not say: {part.decode()}"
    return judge(done, arguments)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def make_hostile(top):
    """Names out of every kind of file."""
    for path in glob.glob(f"{top}/sys/bus/pci/devices/*/driver_override"):
        write(path, BAD + b"\n")
    for path in glob.glob(f"{top}/proc/self/mountinfo") + glob.glob(f"{top}/proc/*/mountinfo"):
        text = read(path)
        write(path, text.replace(b" / ", b" /" + BAD.replace(b"\r", b"") + b" "))
    policy = os.fsencode(f"{top}/etc/driver-flavour.d/")
    write(policy + b"10-" + BAD + b".conf", b"vfio id=" + BAD + b"\nvfio path=\xff\xfe\nvfio address=*\n")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def damaged(good, step, changes):
    """Cut off at each step, and with changes anywhere."""
    yield b""
    yield b"\0" * 5000
    for size in range(1, len(good), step):
        yield good[:size]
    chance = random.Random(12)
    for _ in range(changes):
        text = bytearray(good)
        for _ in range(chance.randint(1, 20)):
            text[chance.randrange(len(text))] = chance.choice([0, 9, 10, 27, 32, 255, chance.randrange(256)])
        yield bytes(text)


def index_answers(program, loader, top):
    """What is left of depmod's indexes. One that is no tree is to be refused, and named."""
    ids, loads = f"{HERE}/pci.ids", ["-n", ALIAS]
    for name in INDEXES:
        path = f"{top}/modules/{name}"
        good = read(path)
        for number, text in enumerate(LOOPS + list(damaged(good, len(good) // 6 + 1, 12))):
            write(path, text)
            for command, arguments in ((program, ["doctor"]), (loader, loads)):
                part = f"{name} is damaged".encode() if number < len(LOOPS) else b""
                yield f"{name} {number}: {arguments}", look(command, top, ids, arguments, part=part)
        write(path, good)
    yield "whole indexes", look(loader, top, ids, loads, part=b"Would load test_narrow_vfio_pci")


def answers(program, loader, top):
    good = read(f"{HERE}/pci.ids")
    ids = f"{top}/pci.ids"
    for number, text in enumerate(damaged(good, 7, 60)):
        write(ids, text)
        for arguments in (NAMES[number % 7], NAMES[(number + 3) % 7]):
            yield f"pci.ids {number}: {arguments}", look(program, top, ids, arguments)
    os.remove(ids)
    os.mkfifo(ids)
    yield "pci.ids is a FIFO", look(program, top, ids, ["list"])
    os.remove(ids)
    write(ids, good.replace(b"Ethernet", b"\x1b[31mEth\xff\xc2\x9bernet"))
    yield from index_answers(program, loader, top)
    make_hostile(top)
    for locale in ("C.UTF-8", "C"):
        for arguments in LOOKS:
            yield f"{locale}: {arguments}", look(program, top, ids, arguments, locale)


def main():
    wrong = count = 0
    with tempfile.TemporaryDirectory() as top:
        tree.unpack(f"{HERE}/trees/multi.tree", top)
        for what, trouble in answers(sys.argv[1], sys.argv[2], top):
            count += 1
            wrong += trouble is not None
            if trouble:
                print(f"{what}: {trouble}")
    print(f"{count} answers, {wrong} wrong")
    sys.exit(wrong > 0 or count < 100)


main()
