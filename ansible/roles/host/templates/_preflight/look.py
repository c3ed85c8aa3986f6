"""Looks whether the roles can work on this host, and changes nothing.

Prints {"packages": [...], "interrupted": [...], "unfit": [...], "recorded": what the system came with is on record}.
Its one argument is JSON: {"memory_mb": least, "disk_mb": least free, "places": [directories that need it]}.
Runs on the host before anything is installed: standard library only.
"""

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MB = 1024 * 1024
OUT = "or take it out of the Footprint"


def system(root: Path, machine: str) -> Iterator[str]:
    """What is wrong with the operating system, by its own files under `root`, and with the architecture."""
    lines = (root / "etc/os-release").read_text().splitlines() if (root / "etc/os-release").is_file() else []
    release = {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in lines)}
    if (release.get("ID"), release.get("VERSION_ID")) != ("debian", "13"):
        name = release.get("PRETTY_NAME") or "an unknown system"
        yield f"runs {name}, but these roles are made for Debian 13. Install Debian 13 on it, {OUT}"
    if machine != "x86_64":
        yield f"is of the architecture {machine}, but these roles are made for x86_64. Use such a machine, {OUT}"
    if not (root / "run/systemd/system").is_dir():
        yield f"is not run by systemd. Boot it with Debian's own init, {OUT}"


def memory(root: Path, least: int) -> Iterator[str]:
    """Whether there is too little memory, in MB."""
    lines = (root / "proc/meminfo").read_text().splitlines()
    there = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemTotal:"))
    if there < least:
        yield (
            f"has {there} MB of memory, and host_memory_min_mb asks for {least}. Give it more, "
            "or lower that setting in group_vars if you know that it is enough"
        )


def disk(places: list[str], least: int) -> Iterator[str]:
    """Whether too little is free, in MB, where these directories are or will be made."""
    for place in places:
        near = next(path for path in (Path(place), *Path(place).parents) if path.is_dir())
        free = shutil.disk_usage(near).free // MB
        if free < least:
            yield (
                f"has {free} MB free for {place}, and host_disk_min_mb asks for {least}. Make room (`apt-get clean`, "
                "`journalctl --vacuum-size=100M`), give it a larger disk, or lower that setting in group_vars"
            )


def packages(root: Path) -> tuple[list[str], list[str]]:
    """The Debian packages that are installed, and those that only a dpkg leaves so that was killed, or is at work.

    Among the latter is what dpkg had not yet written to its database.
    """
    if shutil.which("dpkg-query") is None:
        return [], []
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n"]
    lines = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    states = [(state, name) for state, _, name in (line.partition(" ") for line in lines)]
    halves = [name for state, name in states if state.startswith(("half-", "unpacked", "triggers-"))]
    unwritten = [path.name for path in (root / "var/lib/dpkg/updates").glob("*")]
    return [name for state, name in states if state == "installed"], [*halves, *unwritten]


def look(wanted: dict[str, Any], root: Path = Path("/")) -> dict[str, Any]:
    """All of it."""
    unfit = [
        *system(root, platform.machine()),
        *memory(root, wanted["memory_mb"]),
        *disk(wanted["places"], wanted["disk_mb"]),
    ]
    installed, interrupted = packages(root)
    recorded = (root / "var/lib/shoestring/baseline.json").is_file()
    return {"packages": installed, "interrupted": interrupted, "unfit": unfit, "recorded": recorded}


if __name__ == "__main__":
    print(json.dumps(look(json.loads(sys.argv[1]))))
