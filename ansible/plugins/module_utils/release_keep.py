"""Which releases stay on a host: a number of them, and always the one that serves and the one to go back to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ansible.module_utils.release_record import Place


def surplus(place: Place, keep: int) -> list[str]:
    """The releases beyond `keep`: those go first that served longest ago, or never."""
    served: dict[str, int] = {entry["release"]: number for number, entry in enumerate(place.lines())}
    never = {name: (place.releases / name).stat().st_mtime for name in place.present() if name not in served}
    order = sorted(never, key=lambda name: never[name]) + sorted(
        (name for name in place.present() if name in served), key=lambda name: served[name]
    )
    fixed = {place.current(), place.back()}
    free = [name for name in order if name not in fixed]
    return free[: max(0, len(order) - max(keep, len(fixed & set(order))))]


def prune(place: Place, keep: int) -> list[str]:
    """Removes them, and the Python environments that no release needs any more. Returns what went."""
    gone = surplus(place, keep)
    for name in gone:
        hidden = place.releases / f".{name}.gone"  # one that is half removed must not be taken for whole
        (place.releases / name).replace(hidden)
        shutil.rmtree(hidden)
    for left in place.releases.glob(".*.gone"):
        shutil.rmtree(left)
    used = {os.path.basename(os.readlink(link)) for link in place.releases.glob("*/venv")}  # noqa: PTH115, PTH119
    unused = [one for one in place.environments.glob("[!.]*") if one.name not in used] if used else []
    for one in unused:
        shutil.rmtree(one)
    return [*gone, *(one.name for one in unused)]


class RoomError(Exception):
    """Why there is no room for a release, in words for the deployer."""


def room(place: Place, release: str, megabytes: int, keep: int) -> tuple[Path, list[str]]:
    """An empty directory for `release`, which nobody takes for whole yet; and what went for it. Raises RoomError."""
    gone = prune(place, keep - 1)  # one more is coming
    staging = place.releases / f".{release}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    free = shutil.disk_usage(place.root).free // 2**20
    if free < megabytes:
        raise RoomError(
            f"{place.root} has {free} MB free, and {megabytes} have to be for a release. Free some, or say what it "
            "takes (service_disk_megabytes, service_environment_megabytes)"
        )
    (staging / "model").mkdir(parents=True)
    return staging, gone
