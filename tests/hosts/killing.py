"""Kills runs, and compares what is left of them with what a run leaves that nobody killed."""

from __future__ import annotations

import contextlib
import difflib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops.environment import ROOT
from tests.hosts.site import Site

SNAPSHOT = Path(__file__).with_name("snapshot.py").read_text()
CALLBACKS = {
    "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callbacks")),
    "ANSIBLE_CALLBACKS_ENABLED": "cut",
    "ANSIBLE_NOCOLOR": "1",
}
KILLED = -signal.SIGKILL


def start(argv: list[str], log: Path, **variables: str) -> subprocess.Popen[bytes]:
    """A process that leads a group of its own, writing to `log`."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with log.open("wb") as file:
        return subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, **variables, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            process_group=0,
        )


def playbook(site: Site, log: Path, name: str, *options: str, cut: str = "", tasks: Path | None = None) -> int:
    """ansible-playbook's exit code; KILLED if it came to the task `cut` (a number from 1, or a part of its name)."""
    argv = ["ansible-playbook", "-i", str(site.environment.footprint), f"ansible/{name}.yml", *options]
    variables = {**CALLBACKS, "SHOESTRING_TEST_CUT": cut, "SHOESTRING_TEST_TASKS": str(tasks or "")}
    return start(argv, log, **variables).wait(timeout=600)


def up(site: Site, log: Path) -> subprocess.Popen[bytes]:
    """`make up` under way."""
    return start([sys.executable, "-m", "ops.cli", "up"], log, ENV=str(site.directory))


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL of a process and of its descendants in its session: hosts, ssh masters and Ansible workers live on."""
    _kill_tree(process.pid, os.getsid(process.pid))
    process.wait(timeout=30)


def child(parent: int, program: bytes) -> None:
    """SIGKILL of the one child of a process that runs `program`; what that has started lives on."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if int(file.read_text().rpartition(") ")[2].split()[1]) == parent:
                found += [int(file.parent.name)] if program in (file.parent / "cmdline").read_bytes() else []
    assert len(found) == 1, found
    os.kill(found[0], signal.SIGKILL)


def _kill_tree(pid: int, session: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)  # it can start no other while its children are listed
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                _, parent, _, sid = file.read_text().rpartition(") ")[2].split()[:4]
                if (int(parent), int(sid)) == (pid, session):
                    _kill_tree(int(file.parent.name), session)
        os.kill(pid, signal.SIGKILL)


def snapshot(site: Site, *hide: str) -> dict[str, list[str]]:
    """Host -> lines, see snapshot.py; `hide` are its arguments."""
    quoted = " ".join(f'"{word}"' for word in hide)

    def look(host: str) -> list[str]:
        done = site.ssh(host, f"python3 -B - {quoted}", SNAPSHOT)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) > 500, "the snapshot saw next to nothing"
        return lines

    hosts = list(site.hosts())
    with ThreadPoolExecutor() as pool:
        return dict(zip(hosts, pool.map(look, hosts), strict=True))


def litter(lines: dict[str, list[str]]) -> list[str]:
    """What should not be on any host, killed or not."""
    bad = ("LITTER ", "FAILED ", "ours shoestring-guard@revert")
    return [f"{host}: {line}" for host, found in lines.items() for line in found if line.startswith(bad)]


def difference(before: dict[str, list[str]], after: dict[str, list[str]]) -> str:
    """Readable; empty if there is none."""
    parts = [
        line
        for host in before
        for line in difflib.unified_diff(before[host], after[host], f"{host} clean", f"{host} now", n=0, lineterm="")
    ]
    return "\n".join(parts)


def left_here(site: Site) -> list[str]:
    """What a killed run left on the controller in the environment's state."""
    state = site.environment.state
    found = [*state.glob("extra-*"), *state.glob("scratch/*"), *state.glob(".*"), *site.directory.glob(".*")]
    return [str(path) for path in found] + (
        [] if (state / "lock").read_text() == "" else ["a lock that names a holder"]
    )
