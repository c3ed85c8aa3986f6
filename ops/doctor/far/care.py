"""Tells how a host is: prints JSON of facts, and judges none of them. Reads only.

Runs as root by ops.far, with the standard library. ARGUMENT: {"resolve": a name to look up, "database": whether the
database is here}. A fact that could not be had is {"broken": why}.
"""

import concurrent.futures
import fcntl
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

KINDS = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "overlay", "tmpfs"}
NOT_OURS = re.compile(r"/(dev|sys|proc|run/host|run/credentials|run/user)(/|$)")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
LOCK = Path("run/lock/shoestring-deploy.lock")
PATIENCE = 10  # seconds for a program that asks others


def run(*argv: str, within: float = PATIENCE, good: tuple[int, ...] = (0,)) -> str:
    """What a program prints. Raises RuntimeError for an exit code that is not good: half an answer is none."""
    surroundings = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(argv, capture_output=True, text=True, env=surroundings, timeout=within, check=False)
    if done.returncode not in good:
        said = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {said}")
    return done.stdout


def disks(root: Path, _argument: Any) -> Any:
    """Mount point -> what share of its bytes and of its inodes is in use, and how many bytes are free."""
    found = {}
    for line in (root / "proc/mounts").read_text().splitlines():
        _, at, kind, options = line.split()[:4]
        if kind not in KINDS or NOT_OURS.match(at) or "ro" in options.split(","):
            continue
        told = os.statvfs(at.encode().decode("unicode_escape"))
        used, usable = told.f_blocks - told.f_bfree, told.f_blocks - told.f_bfree + told.f_bavail
        inodes = 1 - told.f_favail / told.f_files if told.f_files else 0.0
        found[at] = {"bytes": used / usable if usable else 1.0, "inodes": inodes, "free": told.f_bavail * told.f_frsize}
    return found


def memory(root: Path, _argument: Any) -> Any:
    lines = (root / "proc/meminfo").read_text().splitlines()
    told = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return {"total_kb": told["MemTotal"], "available_kb": told["MemAvailable"]}


def clock(_root: Path, _argument: Any) -> Any:
    shown = dict(line.partition("=")[::2] for line in run("timedatectl", "show").splitlines())
    # A container has its machine's clock, and may not set it: there is nothing to synchronise.
    container = run("systemd-detect-virt", "--container", good=(0, 1)).strip() not in ("", "none")
    return {"now": time.time(), "synchronised": shown.get("NTPSynchronized") == "yes", "container": container}


def dns(_root: Path, argument: Any) -> Any:
    """How the name is resolved, or why not."""
    name = argument.get("resolve") or _mirror()
    if not name:
        return {"name": "the mirror", "addresses": [], "why": "apt has no source"}
    try:
        addresses = sorted({str(found[4][0]) for found in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)})
    except OSError as reason:
        return {"name": name, "addresses": [], "why": reason.strerror or str(reason)}
    return {"name": name, "addresses": addresses, "why": ""}


def _mirror() -> str:
    for uri in run("apt-get", "indextargets", "--format", "$(URI)").splitlines():
        if found := re.match(r"https?://(?:[^@/]*@)?\[?([^/:\]]+)", uri):
            return found[1]
    return ""


def units(_root: Path, _argument: Any) -> Any:
    told = run("systemctl", "list-units", "--all", "--plain", "--no-legend", "--state=failed").splitlines()
    # 1 is none found
    enabled = run("systemctl", "list-unit-files", "--no-legend", "--state=enabled", "shoestring-*.timer", good=(0, 1))
    timers = [line.split()[0] for line in enabled.splitlines() if line.strip() and "@." not in line.split()[0]]
    active = run("systemctl", "show", "--property=ActiveState", "--value", *timers).split() if timers else []
    idle = [timer for timer, state in zip(timers, active, strict=True) if state != "active"]
    return {"failed": [line.split()[0] for line in told if line.strip()], "idle": idle}


def reboot(root: Path, _argument: Any) -> Any:
    """None, or what asks for a reboot."""
    if not (root / "run/reboot-required").exists():
        return None
    packages = root / "run/reboot-required.pkgs"
    return sorted(set(packages.read_text().split())) if packages.is_file() else []


def updates(root: Path, _argument: Any) -> Any:
    """The packages that have a security update, and the days since apt last asked for any."""
    told = run("apt-get", "--simulate", "-o", "Debug::NoLocking=1", "dist-upgrade", within=30)
    pending = [line.split()[1] for line in told.splitlines() if line.startswith("Inst ") and "ecurity" in line]
    # Not the lists themselves: those have the times of their mirror.
    stamps = (root / "var/lib/apt" / name for name in ("periodic/update-stamp", "lists", "lists/partial"))
    asked = max((path.stat().st_mtime for path in stamps if path.exists()), default=None)
    return {"pending": pending, "days": None if asked is None else (time.time() - asked) / 86400}


def certificates(root: Path, _argument: Any) -> Any:
    """File -> every certificate in it, in PEM: they are public, and are read on the controller."""
    found = {}
    for path in sorted((root / "etc/shoestring").rglob("*.pem")):
        if path.is_file() and (there := CERTIFICATE.findall(path.read_text(errors="replace"))):
            found["/" + str(path.relative_to(root))] = there
    return found


def secrets(root: Path, _argument: Any) -> Any:
    """Files that hold a secret and are readable by others, or in the hands of a user that nobody is."""
    paths = {root / name for name, about in _manifests(root).items() if about.get("secret")}
    paths |= {path for path in (root / "etc/shoestring").rglob("*") if path.is_file() and _has_key(path)}
    paths |= set((root / "etc/ssh").glob("ssh_host_*_key"))
    open_, stray = [], []
    known = {entry.pw_uid for entry in pwd.getpwall()}
    for path in sorted(paths):
        if not path.is_file():
            continue
        status, shown = path.stat(), "/" + str(path.relative_to(root))
        if status.st_mode & 0o007:
            open_.append(shown)
        if status.st_uid not in known:
            stray.append(shown)
    return {"looked_at": len(paths), "open": open_, "stray": stray}


def _manifests(root: Path) -> Any:
    """What our roles wrote: path -> {secret}."""
    files: dict[str, Any] = {}
    for path in (root / "var/lib/shoestring/tree").glob("*.json"):
        files |= json.loads(path.read_text())["files"]
    return files


def _has_key(path: Path) -> bool:
    return b"PRIVATE KEY-----" in path.read_bytes()[:65536]


def lock(root: Path, _argument: Any) -> Any:
    """None if nobody deploys, or {held, record, silent: seconds since the last sign of life}."""
    path = root / LOCK
    if not path.is_file():
        return None
    with path.open() as file:
        try:  # shared and let go at once: whoever wants it waits longer than that
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            held = False
        except BlockingIOError:
            held = True
        text = file.read()
        silent = time.time() - os.fstat(file.fileno()).st_mtime
    return {"held": held, "record": json.loads(text) if text else {}, "silent": silent} if held or text else None


def backups(root: Path, argument: Any) -> Any:
    """None elsewhere; on the database's host the first and the last backup, and the last restore, in epoch seconds."""
    base = root / "var/lib/postgresql/17"
    if not argument.get("database") or not base.is_dir():
        return None
    # It tries nine times before it gives a bucket up.
    command = ("pgbackrest", "--stanza=main", "--io-timeout=2", "--output=json", "info")
    told = json.loads(run("runuser", "-u", "postgres", "--", *command, within=40), strict=False)
    taken = [each["timestamp"]["stop"] for stanza in told for each in stanza["backup"]]
    # Up to 3 it is about what there is: no stanza, or none with backups.
    bad = [repo["status"]["message"] for stanza in told for repo in stanza["repo"] if repo["status"]["code"] > 3]
    # Promotion writes one for its new timeline: whoever was never restored has none.
    lines = [path.stat().st_mtime for path in (base / "main/pg_wal").glob("*.history")]
    half = json.loads((base / "restore.json").read_text())["phase"] if (base / "restore.json").is_file() else ""
    ends = {"first": min(taken, default=None), "last": max(taken, default=None), "count": len(taken)}
    return {**ends, "error": " ".join(bad), "restored": max(lines, default=None), "half": half}


FACTS = (disks, memory, clock, dns, units, reboot, updates, certificates, secrets, lock, backups)


def facts(argument: Any, root: Path = Path("/")) -> Any:
    """Name -> fact, all asked at once: the slowest, apt, takes most of a second."""

    def ask(fact: Any) -> Any:
        try:
            return fact(root, argument)
        except Exception as reason:  # noqa: BLE001 - whatever it is, the other facts are told
            return {"broken": f"{type(reason).__name__}: {reason}"}

    with concurrent.futures.ThreadPoolExecutor(len(FACTS)) as pool:
        return dict(zip((fact.__name__ for fact in FACTS), pool.map(ask, FACTS), strict=True))


if __name__ == "__main__":
    signal.alarm(90)  # whatever hangs, a disk or a name server, ends with it
    os.environ["RES_OPTIONS"] = "timeout:3 attempts:1"
    sys.stdout.write(json.dumps(facts(globals()["ARGUMENT"])))
