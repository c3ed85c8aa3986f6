"""What there is on a host that no playbook asks for: files, packages, people, units, ports.

Runs on the host as root, with the standard library alone. `record` (the role, before it changes anything) writes what
the system came with to BASELINE; without it (`make drift`, by ops/far.py) the differences to that are printed as JSON:
{"recorded": when | null, "differences": [[kind, name, was, now]], "failed": [units], "stopped": [units]}. `was` and
`now` are words about a thing, null where it is not there. What a role's `tree` wrote is left to check mode.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

BASELINE = Path("/var/lib/shoestring/baseline.json")
TREES = ("/etc", "/usr/local", "/root", "/var/spool/cron", "/usr/lib/systemd/system-generators", "/opt")
# Made anew by their owners all the time, or asked for in another way below.
MOVING = re.compile(
    r"/etc/(ld\.so\.cache|machine-id|mtab|adjtime|\.(pwd\.lock|updated)|(passwd|group|shadow|gshadow|sub[ug]id)-?|resolv\.conf"
    r"|localtime|timezone|ssl/certs/.*|alternatives/.*|rc[0-9S]\.d/.*|init\.d/\.depend.*|ssh/ssh_host_.*)$"
    r"|/root/(\.ssh/authorized_keys2?|\.ansible/.*|\.cache/.*|\.bash_history|\.lesshst|\.viminfo)|/opt/shoestring/.*|.*\.pyc$"
)
# What else our roles write, and what the packages they install make for this host alone.
OURS = re.compile(
    r"/etc/(ssl/private/ssl-cert-snakeoil\.key|locale\.(conf|gen)|postgresql-common/(root\.crt|.*\.ucf-dist)"
    r"|apt/apt\.conf\.d/02autoremove-postgresql)$|"
    r"/etc/(shoestring/(tls/.*|credentials.*|service/.*)|nginx/.*-keys\.conf|ssh/shoestring-.*"
    r"|systemd/system/.*\.wants/(shoestring-|versitygw|nginx|postgresql).*"
    r"|systemd/system/(local-fs\.target\.wants/)?[a-z-]+\.mount)$"
    r"|/usr/local/bin/versitygw$"
)


def run(*argv: str) -> str:
    """A command's output; nothing where it fails or is not there."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False, errors="replace").stdout
    except OSError:
        return ""


def digest(path: Path) -> str:
    """Of a file's content and its rights, or where a link leads."""
    state = path.lstat()
    if stat.S_ISLNK(state.st_mode):
        return f"a link to {path.readlink()}"
    content = hashlib.sha256(path.read_bytes()).hexdigest()[:16] if stat.S_ISREG(state.st_mode) else "no file"
    return f"{content}, mode {stat.S_IMODE(state.st_mode):04o} of {state.st_uid}:{state.st_gid}"


def files() -> Iterator[tuple[str, str, str]]:
    """Every file below TREES."""
    for tree in TREES:
        for folder, folders, names in os.walk(tree):
            linked = [name for name in folders if Path(folder, name).is_symlink()]
            for name in [*names, *linked]:
                path = Path(folder, name)
                if not MOVING.match(str(path)):
                    yield kind(path), str(path), digest(path)


def kind(path: Path) -> str:
    """What people call it."""
    text = str(path)
    for word, places in PLACES.items():
        if text.startswith(places):
            return word
    return "file"


PLACES = {
    "unit": ("/etc/systemd/", "/usr/local/lib/systemd", "/usr/lib/systemd/system-generators"),
    "cron": ("/etc/cron", "/etc/anacron", "/var/spool/cron"),
    "sudo": ("/etc/sudoers",),
    "ssh": ("/etc/ssh/",),
    "apt": ("/etc/apt/",),
    "pam": ("/etc/pam.d/", "/etc/security/"),
}


def people() -> Iterator[tuple[str, str, str]]:
    """Who can be: every user, every membership, every key that opens one, and who has a password."""
    shadow = dict(line.split(":")[:2] for line in Path("/etc/shadow").read_text().splitlines())
    for one in pwd.getpwall():
        yield "user", one.pw_name, f"uid {one.pw_uid}, {one.pw_shell}, {one.pw_dir}"
        if shadow.get(one.pw_name, "*")[:1] not in ("!", "*"):
            yield "password", one.pw_name, "can log in by a password"
        for name in ("authorized_keys", "authorized_keys2"):
            try:
                lines = Path(one.pw_dir, ".ssh", name).read_text(errors="replace").splitlines()
            except OSError:
                continue
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    words = line.split()
                    # `type blob` is the key; one with options is another thing than the same key without.
                    bare = " ".join(words[:2]) if words[0].startswith(("ssh-", "ecdsa-", "sk-")) else line
                    yield "key", f"{one.pw_name} {hashlib.sha256(bare.encode()).hexdigest()[:16]}", words[-1][:40]
    for line in Path("/etc/group").read_text().splitlines():
        group, _, _, members = line.split(":")
        for member in filter(None, members.split(",")):
            yield "group", f"{group} {member}", "a member"


def system() -> Iterator[tuple[str, str, str]]:
    """Packages that somebody asked for, ports, setuid files, tables of the firewall, what is masked."""
    for name in run("apt-mark", "showmanual").split():
        yield "package", name, "asked for"
    for line in run("ss", "-Hltunp").splitlines():
        protocol, _, _, _, local, *rest = line.split()
        address, _, port = local.rpartition(":")
        if not address.strip("[]").startswith(("127.", "::1")):
            found = re.search(r'\("([^"]+)"', " ".join(rest))
            yield "port", f"{protocol}/{port}", found[1] if found else "a process"
    for line in run("find", "/", "-xdev", "-type", "f", "-perm", "/6000", "-printf", "%p %m %U\n").splitlines():
        path, mode, owner = line.rsplit(" ", 2)
        yield "setuid", path, f"mode {mode} of {owner}"
    for line in run("nft", "list", "tables").splitlines():
        yield "firewall", line.removeprefix("table "), "a table"
    for line in run("systemctl", "list-unit-files", "--plain", "--no-legend", "--state=masked").splitlines():
        yield "masked", line.split()[0], "masked"


def things() -> dict[str, str]:
    """`kind name` -> what it is."""
    return {f"{what} {name}": about for part in (files, people, system) for what, name, about in part()}


def packaged() -> set[str]:
    """`path md5` of every file that a package brought, as it brought it."""
    found = set()
    for listed in Path("/var/lib/dpkg/info").glob("*.md5sums"):
        found |= {
            f"/{path} {sum_}" for sum_, _, path in (line.partition("  ") for line in listed.read_text().splitlines())
        }
    for line in run("dpkg-query", "--show", "--showformat=${Conffiles}\n").splitlines():
        words = line.split()
        if len(words) >= 2:
            found.add(" ".join(words[:2]))
    for line in run("cat", "/var/lib/ucf/hashfile").splitlines():
        sum_, _, path = line.partition("  ")
        found.add(f"{path} {sum_}")
    return found


def explained() -> set[str]:
    """The files that a role's `tree` wrote, and `user name` of those that packages ask systemd for."""
    written: set[str] = set()
    for manifest in Path("/var/lib/shoestring/tree").glob("*.json"):
        written |= {f"/{path.lstrip('/')}" for path in json.loads(manifest.read_text())["files"]}
    asked = re.compile(r"^u!?\s+(\S+)", re.MULTILINE)
    for path in Path("/usr/lib/sysusers.d").glob("*.conf"):
        written |= {f"user {name}" for name in asked.findall(path.read_text())}
    return written


def differences(before: dict[str, str]) -> list[list[str | None]]:
    """What is not as it came, but for what a package or a role explains."""
    now, ours, brought = things(), explained(), packaged()
    found = []
    for key in sorted(before.keys() | now.keys()):
        what, _, name = key.partition(" ")
        if before.get(key) == now.get(key) or not {key, name}.isdisjoint(ours) or OURS.match(name):
            continue
        path = Path(name)
        if str(now.get(key)).startswith("a link to /usr/share/nginx/modules-available/"):
            continue  # as its package has it
        if what == "unit" and str(now.get(key)).startswith(
            ("a link to /usr/lib/systemd/system/", "a link to /dev/null")
        ):
            continue  # a package's own unit is enabled, or one is masked: told as `package`, if at all, and `masked`
        if what in ("setuid", "key") and key not in now:
            continue  # less does no harm: a control takes setuid from some, a rotation a key
        if name.startswith("/") and what != "setuid" and path.is_file() and not path.is_symlink():
            sum_ = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            if f"{name} {sum_}" in brought and stat.S_IMODE(path.stat().st_mode) & 0o022 == 0:
                continue
        found.append([what, name, before.get(key), now.get(key)])
    return found


def units(state: str, *kinds: str) -> list[str]:
    """The enabled or loaded units that are in a state."""
    listed = run("systemctl", "list-units", "--all", "--plain", "--no-legend", f"--state={state}", *kinds)
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


def stopped() -> list[str]:
    """Timers and services that are enabled, and do not run."""
    listed = run("systemctl", "list-unit-files", "--plain", "--no-legend", "--state=enabled", "--type=timer,service")
    names = [line.split()[0] for line in listed.splitlines() if line.strip() and "@." not in line]
    if not names:
        return []
    shown = run("systemctl", "show", "--property=Id,ActiveState,Type,ConditionResult,RemainAfterExit", *names)
    found = []
    for block in shown.strip().split("\n\n"):
        unit = dict(line.partition("=")[::2] for line in block.splitlines())
        once = unit.get("Type") == "oneshot" and unit.get("RemainAfterExit") == "no"
        if unit.get("ActiveState") == "inactive" and unit.get("ConditionResult") == "yes" and not once:
            found.append(unit["Id"])
    return sorted(set(found))


def main() -> None:
    """Entry point."""
    os.chdir("/")
    if "record" in sys.argv:
        BASELINE.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        staged = BASELINE.with_suffix(".new")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        staged.touch(mode=0o600)
        staged.write_text(json.dumps({"at": at, "things": things()}))
        staged.replace(BASELINE)
        return
    record = json.loads(BASELINE.read_text()) if BASELINE.is_file() else {"at": None, "things": {}}
    found = differences(record["things"]) if record["at"] else []
    answer = {"recorded": record["at"], "differences": found, "failed": units("failed"), "stopped": stopped()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
