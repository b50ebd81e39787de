#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run.py FLAVOURCTL [NAME…]: flavourctl on recorded machines, against what is
expected. With GOLDEN_UPDATE=1 what it prints becomes what is expected.

run.py FLAVOURCTL large: list on made-up machines of 1024 and 4096 devices. Prints
the CPU time of each, "figure list-N ms OURS - - GOAL", and judges only the lines."""
import contextlib
import difflib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import tree  # noqa: E402 (its folder is on the path only now)

# A disk takes ten times as long over 25000 small files as memory does.
tempfile.tempdir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def environment(top):
    env = {f"FLAVOUR_{name.upper()}": f"{top}/{name}"
           for name in ["sys", "proc", "dev", "etc", "run", "local_lib", "lib",
                        "modules"]}
    env["FLAVOUR_SYSFS"] = env.pop("FLAVOUR_SYS")
    path = os.environ["PATH"]
    return {**env, "FLAVOURCTL_PCI_IDS": f"{HERE}/pci.ids", "LC_ALL": "C.UTF-8", "PATH": path,
            **{key: value for key, value in os.environ.items() if "SAN_OPTIONS" in key}}


def cases(names):
    with open(f"{HERE}/cases") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                machine, name, *arguments = line.split()
                if not arguments and not name.startswith("-"):
                    arguments = [name]
                if not names or f"{machine}-{name}" in names:
                    yield machine, name, arguments


def answer(program, top, arguments):
    done = subprocess.run([program, *arguments], env=environment(top), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    result = f"$ flavourctl {' '.join(arguments)}\n{done.stdout}"
    if done.stderr:
        result += f"--- stderr\n{done.stderr}"
    return f"{result}--- exit {done.returncode}\n".replace(top, "/TOP")


def said(text):
    """What it says, however libsmartcols pads and json-c breaks lines."""
    command, output = text.split("\n", 1)
    if output.startswith("{"):
        top, end = json.JSONDecoder().raw_decode(output)
        command += "\n" + json.dumps(top, indent=2)
        output = output[end:]
    return [re.sub(r"(?<=\S) +", " ", line.rstrip()) + "\n"
            for line in f"{command}\n{output}".splitlines()]


def compare(machine, name, got):
    path = f"{HERE}/expected/{machine}-{name}"
    if os.environ.get("GOLDEN_UPDATE"):
        with open(path, "w") as file:
            file.write(got)
    want = open(path).read() if os.path.exists(path) else ""
    want, got = want and said(want), said(got)
    sys.stdout.writelines(difflib.unified_diff(want, got, f"expected/{machine}-{name}", "got"))
    return got == want


def cpu_ms(program, top):
    """The least of several, for others use the processors as well."""
    spent = []
    for _ in range(6):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "list"], env=environment(top), check=True,
                       stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * min(spent)


def large(program):
    for count, goal in [(1024, "-"), (4096, "<100")]:
        with tempfile.TemporaryDirectory() as top:
            with open(f"{top}/tree", "w") as file, contextlib.redirect_stdout(file):
                tree.large(count)
            tree.unpack(f"{top}/tree", top)
            lines = subprocess.run([program, "list", "-H"], env=environment(top), text=True,
                                   capture_output=True, check=True).stdout.count("\n")
            if lines != count:
                print(f"list has {lines} lines of {count}")
                return False
            print(f"figure list-{count} ms {cpu_ms(program, top):.0f} - - {goal}")
    return True


def main():
    program, *names = sys.argv[1:]
    if names == ["large"]:
        sys.exit(not large(program))
    wrong = count = 0
    with tempfile.TemporaryDirectory() as top:
        for machine, name, arguments in cases(names):
            if not os.path.exists(f"{top}/{machine}"):
                tree.unpack(f"{HERE}/trees/{machine}.tree", f"{top}/{machine}")
            count += 1
            wrong += not compare(machine, name, answer(program, f"{top}/{machine}", arguments))
    print(f"{count} golden tests, {wrong} failed")
    sys.exit(wrong > 0)


main()
