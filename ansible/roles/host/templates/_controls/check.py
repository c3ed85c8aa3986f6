"""Asks a host which of the controls it meets, and changes nothing: of what is in force, and not of our own files.

Its one argument is JSON: {"controls": [...], "off": [ids]}, the entries as in the role's controls/. Prints
{"run": how many, "waived": [ids], "elsewhere": [ids], "failed": [[id, title, what was found]]}.
Runs on the host: standard library only.
"""

from __future__ import annotations

import grp
import json
import pwd
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Control = dict[str, Any]


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def in_force() -> set[str]:
    """sshd's settings, for somebody who comes from nowhere in particular; in small letters."""
    return {line.lower() for line in run("sshd", "-T").stdout.splitlines()}


def sshd(line: str, settings: set[str]) -> str:
    """What is wrong; empty if nothing is."""
    if line.lower() in settings:
        return ""
    keyword = line.split()[0].lower()
    return "; ".join(sorted(one for one in settings if one.split()[0] == keyword)) or f"no {keyword}"


def sysctl(wanted: dict[str, int]) -> str:
    """Where there is no IPv6 there is nothing of it to set; any other setting has to be there."""
    paths = {key: Path("/proc/sys", *key.split(".")) for key in wanted}
    values = {key: path.read_text().strip() if path.exists() else "missing" for key, path in paths.items()}
    wrong = {key: value for key, value in values.items() if value != str(wanted[key])}
    if not Path("/proc/sys/net/ipv6").exists():
        wrong = {key: value for key, value in wrong.items() if not key.startswith("net.ipv6.")}
    return ", ".join(f"{key} is {value}" for key, value in wrong.items())


def file(wanted: dict[str, str]) -> str:
    """What is there of that name, or pattern, is its owner's and has no right beyond these."""
    owner, group = pwd.getpwnam(wanted["owner"]).pw_uid, grp.getgrnam(wanted["group"]).gr_gid
    wrong = []
    for path in sorted(Path("/").glob(wanted["path"].lstrip("/"))):
        state = path.stat()
        mode = stat.S_IMODE(state.st_mode)
        if (state.st_uid, state.st_gid) != (owner, group) or mode & ~int(wanted["mode"], 8):
            wrong.append(f"{path} is {mode:04o} of {state.st_uid}:{state.st_gid}")
    return ", ".join(wrong)


def absent(names: list[str]) -> str:
    shown = run("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names).stdout
    return ", ".join(line.split()[0] for line in shown.splitlines() if line.endswith(" installed"))


def holds(script: str) -> str:
    done = run("/bin/bash", "-c", script)
    return "" if done.returncode == 0 else (shown(done.stdout) or "it is not so")


def nothing(script: str) -> str:
    """A command that could not ask has said so, and counts as one that found something."""
    return shown(run("/bin/bash", "-c", script).stdout)


def shown(output: str) -> str:
    return ", ".join(output.split("\n"))[:200].strip(", ")


def container() -> bool:
    return run("systemd-detect-virt", "--quiet", "--container").returncode == 0


def judged(control: Control, settings: set[str]) -> str:
    """What was found against it; empty if it is met."""
    for ask in (sysctl, file, absent, holds, nothing):
        if ask.__name__ in control:
            return ask(control[ask.__name__])
    return sshd(control["sshd"], settings)


def main() -> None:
    """Entry point."""
    call = json.loads(sys.argv[1])
    wanted = [one for one in call["controls"] if one["id"] not in call["off"]]
    inside = container()
    elsewhere = [one for one in wanted if inside and one.get("machine")]
    waived = [one for one in wanted if "waived" in one]
    asked = [one for one in wanted if one not in elsewhere and one not in waived]
    settings = in_force()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: judged(one, settings), asked))
    failed = [[one["id"], one["title"], what] for one, what in zip(asked, found, strict=True) if what]
    names = {"waived": [one["id"] for one in waived], "elsewhere": [one["id"] for one in elsewhere]}
    print(json.dumps({"run": len(asked), **names, "failed": failed}))


if __name__ == "__main__":
    main()
