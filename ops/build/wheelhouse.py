"""The wheels that the service needs on its hosts, fetched once on the controller: hosts ask no index."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops import files, processes
from ops.build.requirements import Pin
from ops.build.target import PLATFORMS, PYTHON
from ops.errors import OperationError

PAUSES = (2.0, 10.0, 30.0, 60.0)  # seconds: registries are known to hiccup for a minute
NO_WHEEL = (
    f"The hosts build nothing, so each package needs a wheel for Python {PYTHON} on Linux, amd64 (or for all): lock a "
    "version that has one, or another package."
)
FINAL = ("DO NOT MATCH THE HASHES", "No matching distribution", "require-hashes")  # trying again can't help


@dataclass(frozen=True)
class Wheelhouse:
    """`archive`: a tar of wheels, without directories. `digest`: of the lock and the platform."""

    digest: str
    archive: Path
    archive_sha256: str


def ensure(lock: Path, pins: Sequence[Pin], cache: Path, progress: Callable[[str], None]) -> Wheelhouse:
    """The wheels that `pins`, read from `lock`, name; from the cache or downloaded. Raises OperationError.

    What the cache holds is held against the lock each time; what does not match is fetched anew.
    """
    made_for = "\n".join((*(pin.line() for pin in pins), PYTHON, *PLATFORMS))
    digest = hashlib.sha256(made_for.encode()).hexdigest()[:16]
    archive = cache / "wheelhouse" / digest / "wheelhouse.tar"
    if archive.exists() and not _intact(archive, pins):
        progress("the cached wheelhouse is damaged and is fetched again")
        archive.unlink()
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=archive.parent) as directory:
            _download(lock, pins, Path(directory), progress)
            _pack(Path(directory), archive)
        if not _intact(archive, pins):
            archive.unlink()
            raise OperationError(
                f"What was downloaded for {lock} is not what it locks.",
                "No release was built.",
                "See that every line of the lock has its hashes; make it anew with uv pip compile.",
            )
    progress("")
    return Wheelhouse(digest, archive, files.sha256(archive))


def _download(lock: Path, pins: Sequence[Pin], directory: Path, progress: Callable[[str], None]) -> None:
    wanted = directory / "requirements.txt"
    wanted.write_text("".join(f"{pin.line()}\n" for pin in pins))
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    command: list[str | Path] = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--progress-bar=off"]
    command += ["--python-version", PYTHON, "--implementation", "cp", *platforms]
    command += ["--dest", directory, "--requirement", wanted]
    for pause in (*PAUSES, None):
        done = processes.run(command, on_line=progress, merge=True)
        if done.code == 0:
            return
        said = "\n".join(done.stdout.strip().splitlines()[-6:])
        if pause is None or any(mark in said for mark in FINAL):
            none = "No matching distribution" in said
            raise OperationError(
                f"The wheels that {lock} names can't be fetched:\n{said}",
                "No release was built; what runs goes on as it is.",
                NO_WHEEL
                if none
                else "See that the package index can be reached (pip's own settings apply), then run this again.",
            )
        progress(f"failed; trying again in {pause:.0f} s")
        processes.pause(pause)


def _pack(directory: Path, archive: Path) -> None:
    """A tar that depends on the files' names and content alone."""
    staged = directory / "wheelhouse.tar"
    with tarfile.open(staged, "w", format=tarfile.USTAR_FORMAT) as tar:
        for wheel in sorted(directory.glob("*.whl")):
            member = tarfile.TarInfo(wheel.name)
            member.size, member.mode = wheel.stat().st_size, 0o644
            tar.addfile(member, io.BytesIO(wheel.read_bytes()))
    # In this order: another environment's release may be built meanwhile, and takes an archive without it for damaged.
    files.write(_recorded(archive), files.sha256(staged) + "\n")
    staged.replace(archive)


def _recorded(archive: Path) -> Path:
    """Where the archive's digest is kept: the release's id is made of it."""
    return archive.with_suffix(".sha256")


def _intact(archive: Path, pins: Sequence[Pin]) -> bool:
    """True if the archive holds a wheel for each pin of the lock, and nothing but what its hashes list."""
    found = []
    try:
        if _recorded(archive).read_text().strip() != files.sha256(archive):
            return False
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                file = tar.extractfile(member)
                found.append(hashlib.sha256(file.read() if file else b"").hexdigest())
    except (tarfile.TarError, OSError):
        return False
    return set(found) <= {digest for pin in pins for digest in pin.hashes} and len(found) == len(pins)
