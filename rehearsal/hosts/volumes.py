"""Disks of a host beside its root: sparse files below its directory, attached to loop devices.

They belong to the host like its overlay: they outlive stops, reboots and power cuts, and go when it is destroyed.
The kernel is asked each time which device a file has, so that none is lost after a killed run, nor after a reboot
of this machine. No device policy is in the way of the guest: without `--register` systemd-nspawn sets none, and
a scope allows every device unless told otherwise.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from rehearsal.hosts.errors import HostsError, run
from rehearsal.hosts.locks import locked

BYTES = {"M": 1024**2, "G": 1024**3}


def device(purpose: str) -> str:
    """Where a host finds its volume."""
    return f"/dev/disk/by-id/shoestring-{purpose}"


def size(text: str) -> int:
    """Bytes of a size such as 512M or 2G."""
    return int(text[:-1]) * BYTES[text[-1]]


def image(directory: Path, purpose: str) -> Path:
    """The file that holds a volume's data."""
    return directory / "volumes" / f"{purpose}.img"


def make(directory: Path, wanted: Mapping[str, str]) -> None:
    """Have a file for each volume, by purpose and size; one that is there keeps its data and may only grow.

    Raises:
        HostsError: it would have to shrink.
    """
    for purpose, text in wanted.items():
        path = image(directory, purpose)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        there = path.stat().st_size if path.exists() else 0
        if there > size(text):
            raise HostsError(
                f"{directory.name}'s volume for {purpose} has {there / BYTES['G']:.1f} GiB, rehearsal.yml says {text}",
                "it was left as it is, since shrinking would cut its data off",
                "put the size back, or (its data goes) destroy the environment and create it anew",
            )
        if there < size(text):
            with path.open("ab") as stream:
                stream.truncate(size(text))


def attached(path: Path) -> list[str]:
    """Loop devices of a file; more than one only if somebody else made the others."""
    if not path.exists():
        return []
    return run(["losetup", "--noheadings", "--output", "NAME", "--associated", str(path)]).split()


def attach(
    directory: Path, wanted: Mapping[str, str], devices: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Have a loop device for each volume: {path in the host: path here}. `devices` has those of another path.

    Raises:
        HostsError: this machine gives none.
    """
    found = {}
    with locked("loop-devices"):  # hosts start side by side, and each must find its file attached once
        for purpose in sorted(wanted):
            path = image(directory, purpose)
            here = attached(path) or [run(["losetup", "--find", "--show", str(path)]).strip()]
            found[devices.get(purpose, device(purpose))] = here[0]
    return found


def detach(directory: Path, seconds: float = 10) -> None:
    """Give the loop devices of a host back; it must not run any more.

    Raises:
        HostsError: one stays busy.
    """
    until = time.monotonic() + seconds
    for path in sorted((directory / "volumes").glob("*.img")):
        while names := attached(path):
            # The file system of a guest that lost power is in use for a moment longer than its processes.
            if time.monotonic() > until:
                raise HostsError(
                    f"{names[0]} of {directory.name} stays in use",
                    "it was left behind",
                    f"see who has it: grep {Path(names[0]).name} /proc/*/mountinfo; then run the same command again",
                )
            for name in names:
                run(["losetup", "--detach", name])
            time.sleep(0.02)
