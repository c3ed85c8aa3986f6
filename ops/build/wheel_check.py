"""Whether a wheel can be the service: does it run on the hosts, hold the application, and find what it imports?"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from infra.problems import Problem
from ops.build import target
from ops.build.requirements import Pin

ASGI = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def problems(wheel: Path, asgi: str, lock: Path, pins: Sequence[Pin], again: str) -> Iterator[Problem]:
    """Everything that would keep the application `asgi` (module:attribute) in `wheel` from starting on a host, which
    installs the `pins` of `lock`; `again` makes that anew.
    """
    try:
        *_, tags = parse_wheel_filename(wheel.name)
        names, metadata = _content(wheel)
    except (InvalidWheelFilename, zipfile.BadZipFile, KeyError, OSError) as error:
        yield Problem("service_source", f"{wheel}: {error}", "a wheel", "build it again: uv build --wheel")
        return
    host = f"Python {target.PYTHON} on Debian 13, amd64"
    if not tags & target.wheel_tags():
        fix = f"build it for {host}; a package of Python code alone makes a wheel for all (py3-none-any)"
        yield Problem("service_source", f"{wheel.name}, a wheel for {_told(tags)}", f"a wheel for {host}", fix)
    wanted = metadata["Requires-Python"]
    if wanted and not SpecifierSet(wanted).contains(target.MARKERS["python_full_version"]):
        fix = "widen requires-python in its pyproject.toml, and build it again"
        yield Problem("service_source", f"{wheel.name}, which asks for Python {wanted}", host, fix)
    yield from _module(wheel, asgi, names)
    yield from _dependencies(wheel, metadata.get_all("Requires-Dist", []), lock, pins, again)


def dependencies(wheel: Path) -> list[str]:
    """What the wheel's metadata asks for. Raises OSError, BadZipFile or KeyError for what is no wheel."""
    return _content(wheel)[1].get_all("Requires-Dist", [])


def _content(wheel: Path) -> tuple[list[str], Message]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = next((name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)), "METADATA")
        return [_installed(name) for name in names], HeaderParser().parsestr(archive.read(about).decode())


def _module(wheel: Path, asgi: str, names: list[str]) -> Iterator[Problem]:
    module = asgi.partition(":")[0].replace(".", "/")
    candidates = re.compile(rf"{re.escape(module)}(\.py|/__init__\.py|\.[\w.-]*so|/__init__\.[\w.-]*so)")
    if not any(candidates.fullmatch(name) for name in names):
        holds = {
            name.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
            for name in names
            if name.endswith(".py")
        }
        known = ", ".join(sorted(holds)[:8]) or "no module"
        found = f"{asgi}, but {wheel.name} holds {known}"
        fix = "correct service_asgi in group_vars, or see that the module gets into the wheel"
        yield Problem("service_asgi", found, "module:attribute of a module in the wheel", fix)


def _dependencies(wheel: Path, texts: list[str], lock: Path, pins: Sequence[Pin], again: str) -> Iterator[Problem]:
    """The hosts install what is locked and nothing else, so what the wheel asks for must be there."""
    locked = {pin.name: pin.version for pin in pins}
    for wanted in map(Requirement, texts):
        if wanted.marker is not None and not wanted.marker.evaluate({**target.MARKERS, "extra": ""}):
            continue
        version = locked.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            found = f"{wheel.name} needs `{wanted}`, and {lock.name} has {version or 'none'}"
            yield Problem(str(lock), found, "all that the wheel's metadata asks for", again)


def _installed(name: str) -> str:
    """Where pip puts a member of a wheel, from site-packages on."""
    return re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)


def _told(tags: frozenset[object]) -> str:
    return ", ".join(sorted(map(str, tags))[:3])
