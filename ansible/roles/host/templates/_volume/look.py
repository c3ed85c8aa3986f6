"""Says what a host's volumes are, changing nothing. The role runs it on the host, through standard input.

Arguments, as JSON: [{purpose, device}] and {purpose: mount point}. Prints the list with, for each volume:
    path                 its mount point
    label, unit, check   what its file system, its mount unit and its file system check are called
    state                blank | ours | mounted | refused
    problem              when refused: cause, consequence and the command that mends it
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

USERS = {"database": "postgresql", "bucket": "versitygw"}  # what has to be stopped before data moves
BLANK = 1024**2  # a new disk reads as zeros; so much of it is looked at


class RefusedError(Exception):
    """A volume that can't be used as it is."""


def output(*argv: str) -> str:
    """What a program prints. Raises CalledProcessError with what it said."""
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def signatures(device: str) -> list[tuple[str, str]]:
    """(type, label) of every file system, partition table, RAID or LVM on a device."""
    found = json.loads(output("wipefs", "--no-act", "--json", "--output", "TYPE,LABEL", device) or "{}")
    return [(each["type"], each["label"] or "") for each in found.get("signatures", [])]


def content(device: str, label: str) -> str:
    """blank or ours. Raises RefusedError for anything else: nothing here ever overwrites what it does not know."""
    found = signatures(device)
    if found == [("ext4", label)]:
        return "ours"
    if not found:
        with Path(device).open("rb") as stream:
            if not any(stream.read(BLANK)):
                return "blank"
    named = ", ".join(f"{kind} {name}".strip() for kind, name in found) or "data of an unknown kind"
    keep = f" To use the ext4 on it as it is: `e2label {device} {label}`." if [k for k, _ in found] == ["ext4"] else ""
    raise RefusedError(
        f"{device} holds {named}, not the ext4 {label} that Shoestring makes there. It was left alone.{keep} "
        f"To lose it: `wipefs --all {device} && dd if=/dev/zero of={device} bs=1M count=1 conv=fsync`."
    )


def state(purpose: str, device: Path, path: Path, label: str) -> str:
    """blank, ours or mounted. Raises RefusedError."""
    if not device.is_block_device():
        raise RefusedError(
            f"there is no block device {device}. What there is: `ls -l /dev/disk/by-id/`. "
            "Attach the disk, or correct the Footprint."
        )
    if path.is_mount():
        if path.stat().st_dev == device.stat().st_rdev:
            content(str(device), label)
            return "mounted"
        source = output("findmnt", "--noheadings", "--first-only", "--output", "SOURCE", "--mountpoint", str(path))
        raise RefusedError(
            f"{path} has {source} mounted, not {device}. Correct the Footprint, "
            f"or take the other away: `systemctl stop {USERS[purpose]}; umount {path}`."
        )
    hidden = sorted({each.name for each in path.iterdir()} - {"lost+found"}) if path.is_dir() else []
    if hidden:
        raise RefusedError(
            f"{path} holds data already ({', '.join(hidden[:3])}), which {device} would hide. To move it there: "
            f"`systemctl stop {USERS[purpose]}; mv {path} {path}.moved`, run site.yml with `--tags host`, "
            f"`cp -a {path}.moved/. {path}/`, then run all of it."
        )
    return content(str(device), label)


def look(purpose: str, device: str, path: str) -> dict[str, Any]:
    """One volume with what was found."""
    found = {
        "purpose": purpose,
        "device": device,
        "path": path,
        "label": f"shoe-{purpose}",  # ext4 has room for 16 characters
        "unit": output("systemd-escape", "--path", "--suffix=mount", path),
        "check": output("systemd-escape", "--path", "--template=systemd-fsck@.service", device),
    }
    try:
        return found | {"state": state(purpose, Path(device), Path(path), found["label"]), "problem": ""}
    except RefusedError as reason:
        return found | {"state": "refused", "problem": f"volume for {purpose}: {reason}"}


def main() -> None:
    """Look at all of them."""
    wanted, points = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    volumes = [look(each["purpose"], each["device"], points[each["purpose"]]) for each in wanted]
    disks: dict[int, str] = {}
    for volume in volumes:
        if volume["state"] == "refused":
            continue
        disk = Path(volume["device"]).stat().st_rdev
        if disk in disks:  # under two names, which the Footprint can't know
            problem = f"{volume['device']} and {disks[disk]} are one disk. Correct the Footprint."
            volume |= {"state": "refused", "problem": f"volume for {volume['purpose']}: {problem}"}
        disks[disk] = volume["device"]
    print(json.dumps(volumes))


if __name__ == "__main__":
    main()
