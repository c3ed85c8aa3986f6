"""Packages that one host downloaded, for the next one: a read-only layer of each new host's tree.

Only a package whose SHA256 the signed index vouched for when the image was built is kept: apt itself looks
only at the size of what it finds in its archives, and a host is not trusted to hand files to the next one.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from rehearsal.hosts.image import CACHE
from rehearsal.hosts.locks import locked

STORE = CACHE / "debs"
LIMIT = 1536 * 1024 * 1024  # bytes; three roles' packages are about 200 MB
ARCHIVES = "var/cache/apt/archives"


def seed(layer: Path) -> None:
    """Fill `layer` with what is in the store, by hard links: no host can write to a lower layer."""
    target = layer / ARCHIVES
    target.mkdir(parents=True)
    with locked("debs"):
        for deb in STORE.glob("*.deb"):
            try:
                os.link(deb, target / deb.name)
            except OSError:
                shutil.copyfile(deb, target / deb.name)  # the cache is on another file system


def harvest(upper: Path, image: Path) -> int:
    """Copy new packages out of a host's upper layer; how many there were."""
    known = set((image / "packages.sha256").read_text().split())
    count = 0
    with locked("debs"):
        STORE.mkdir(parents=True, exist_ok=True)
        for left in STORE.glob("*.part"):
            left.unlink()
        for name, handle in archives(upper):
            with os.fdopen(handle, "rb") as stream:
                if (STORE / name).exists() or hashlib.file_digest(stream, "sha256").hexdigest() not in known:
                    continue
                stream.seek(0)
                with (STORE / f"{name}.part").open("wb") as copy:
                    shutil.copyfileobj(stream, copy)
            # Read again: the guest may have rewritten its file between the check and the copy.
            with (STORE / f"{name}.part").open("rb") as copy:
                if hashlib.file_digest(copy, "sha256").hexdigest() in known:
                    (STORE / f"{name}.part").rename(STORE / name)
                    count += 1
        prune()
    return count


def archives(upper: Path) -> Iterator[tuple[str, int]]:
    """Open regular *.deb files below the archives directory, following no link that a guest may have laid."""
    handle = os.open(upper, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in ARCHIVES.split("/"):
            try:
                parent, handle = (
                    handle,
                    os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle),
                )
            except OSError:
                return  # nothing was ever downloaded there
            os.close(parent)
        for name in sorted(os.listdir(handle)):  # noqa: PTH208 (of a file descriptor)
            if name.endswith(".deb") and stat.S_ISREG(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
                yield name, os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
    finally:
        os.close(handle)


def prune() -> None:
    """Drop the oldest packages above the limit."""
    debs = sorted(STORE.glob("*.deb"), key=lambda deb: deb.stat().st_mtime, reverse=True)
    total = 0
    for deb in debs:
        total += deb.stat().st_size
        if total > LIMIT:
            deb.unlink()
