"""This machine: its tools in their versions, its packages as they are locked, and room to work."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from ops import controller, processes
from ops.cloud import part
from ops.doctor import limits
from ops.doctor.line import FAIL, OK, Line, env, listed, refused
from ops.environment import ROOT, Environment, cache_directory
from ops.errors import OperationError

TOOLS, PACKAGES, PULUMI, ROOM = "tools", "packages", "Pulumi CLI", "disk here"
HERE = "controller"
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;[^\\]*)?", re.MULTILINE)
GIB = 1024**3


def lines(environment: Environment) -> Iterator[Line]:
    yield tools(environment)
    yield packages(environment)
    if environment.cloud:
        yield pulumi(environment)
    yield room(environment)


def tools(environment: Environment, path: str | None = None) -> Line:
    """The programs that its verbs run, and that of a cloud's tunnel where ssh goes through one. `path` is for tests."""
    wanted = controller.ALWAYS | {"git": "git"} | (controller.REHEARSED if environment.rehearsed else {})
    if missing := controller.missing(wanted, path):
        fix = f"apt-get install --yes {' '.join(missing)}    (or your system's own package manager)"
        return Line(FAIL, TOOLS, HERE, f"this machine lacks {', '.join(missing)}", fix)
    if environment.cloud:
        try:
            part(environment, "tunnel").check(environment)
        except OperationError as error:
            return refused(TOOLS, error, HERE)
    return Line(OK, TOOLS, HERE, f"Python {platform.python_version()}, {', '.join(sorted(wanted))}")


def packages(environment: Environment, locks: Path = ROOT / "locks") -> Line:
    """What is installed, against the locks: another version of Ansible is another Ansible."""
    groups = ("base", environment.settings().cloud) if environment.cloud else ("base",)
    wanted: dict[str, str] = {}
    for group in groups:
        for name, version, marker in LOCKED.findall((locks / f"{group}.txt").read_text()):
            if _applies(marker):
                wanted[name] = version
    wrong = [
        f"{name} {_installed(name)}, not {version}" for name, version in wanted.items() if _installed(name) != version
    ]
    if wrong:
        fix = f"rm -f .venv/.installed; locks/install.sh {' '.join(groups)}"
        return Line(FAIL, PACKAGES, HERE, f"not as locked: {listed(wrong)}", fix)
    return Line(OK, PACKAGES, HERE, f"ansible-core {wanted['ansible-core']} and {len(wanted) - 1} others, as locked")


def _applies(marker: str) -> bool:
    from packaging.markers import Marker

    return not marker or Marker(marker.lstrip("; ").strip()).evaluate()


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def pulumi(environment: Environment) -> Line:
    """The CLI that is on PATH, if one is; else the pinned release is fetched when it is needed."""
    from ops.cloud.stack import VERSION

    if shutil.which("pulumi") is None:
        there = (Path.home() / ".pulumi/versions" / VERSION / "bin/pulumi").is_file()
        return Line(OK, PULUMI, HERE, f"{VERSION} {'is installed' if there else 'will be installed by `make up`'}")
    told = processes.run(["pulumi", "version"], environment={"PULUMI_SKIP_UPDATE_CHECK": "true"}).stdout.strip()
    have, want = (tuple(int(part) for part in re.findall(r"\d+", each)[:3]) for each in (told, VERSION))
    if have[:1] != want[:1] or have < want:
        fix = (
            f"Install {VERSION} from https://www.pulumi.com/docs/iac/download-install/, or take the one on PATH off it:"
        )
        return Line(
            FAIL, PULUMI, HERE, f"{told or 'none'} is on PATH, {VERSION} is wanted", f"{fix} make up {env(environment)}"
        )
    return Line(OK, PULUMI, HERE, told)


def room(environment: Environment) -> Line:
    """Where releases are built and kept."""
    places = (environment.root, cache_directory(), Path("/var/lib/shoestring-rehearsal"))
    near = {next(path for path in (place, *place.parents) if path.is_dir()) for place in places}
    free, at = min((shutil.disk_usage(path).free, str(path)) for path in near)
    found = f"{free / GIB:.1f} GiB free at {at}"
    if free < limits.CONTROLLER_BYTES:
        fix = f"du -xhd1 {cache_directory()} shows what can be made again: rm -r what you don't need"
        return Line(FAIL, ROOM, HERE, f"{found}, and a release needs {limits.CONTROLLER_BYTES / GIB:.0f}", fix)
    return Line(OK, ROOM, HERE, found)
