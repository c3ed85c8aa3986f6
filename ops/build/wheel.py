"""The service's own wheel: built from its sources, of which the same give the same bytes, or ready-made."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ops import files, processes
from ops.errors import OperationError


@dataclass(frozen=True)
class Wheel:
    """A built wheel. `path` is named by its content, so a release keeps it as it was."""

    version: str
    path: Path
    sha256: str


def build(source: Path, cache: Path) -> Wheel:
    """Builds the package in `source` into `cache`/wheels/<sha256>/. Raises OperationError."""
    store = cache / "wheels"
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store) as directory:
        # hatchling dates every file in a wheel to 2020 unless told otherwise.
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory]
        done = processes.run(command, cwd=source, environment={"SOURCE_DATE_EPOCH": "1580601600"}, merge=True)
        built = list(Path(directory).glob("*.whl"))
        if done.code != 0 or len(built) != 1:
            raise OperationError(
                f"{source} can't be built:\n{done.stdout.strip()[-2000:]}",
                "No release was built; what runs goes on as it is.",
                f"Mend {source / 'pyproject.toml'} or what it names; to try: cd {source} && hatchling build",
            )
        return keep(built[0], cache)


def keep(wheel: Path, cache: Path) -> Wheel:
    """Copies a wheel into `cache`/wheels/<sha256>/, where it stays as it is."""
    digest = files.sha256(wheel)
    path = cache / "wheels" / digest / wheel.name
    if not path.is_file() or files.sha256(path) != digest:
        files.write(path, wheel.read_bytes())
    return Wheel(path.name.split("-")[1], path, digest)
