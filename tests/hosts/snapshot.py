"""Sent to a host and run there: what its roles have made of it, a line for each thing. Standard library only.

usage: snapshot.py [HIDE=SHOWN ...]; HIDE is a regular expression that is replaced in contents before they are digested,
so that two environments can be compared. Secrets and keys then count by owner and mode only.
"""

import grp
import hashlib
import os
import pwd
import re
import stat
import subprocess
import sys
from pathlib import Path

TREES = ["/etc", "/opt/shoestring", "/usr/local", "/srv", "/var/lib/shoestring", "/home", "/root", "/var/tmp"]  # noqa: S108
# What moves by itself; apt's and systemd's own, and what a login leaves.
MOVING = re.compile(
    r"^/etc/(ld\.so\.cache|localtime|machine-id|\.pwd\.lock|\.updated|(passwd|group|shadow|gshadow|sub[ug]id)-?)$"
)
# Its content is data or a key: not compared, but it has to be there, and nobody else's.
UNREAD = re.compile(
    r"^/etc/(ssh/ssh_host|ssl/|shoestring/(tls|credentials)|pgbackrest|.*-keys\.conf)|authorized_keys$|dist-info/(RECORD|direct_url\.json)$"
)
LITTER = re.compile(r"\.partial|\.shoestring-tree|\.pending$|\.undo$|/publish\.|\.ansible_tmp")
HIDDEN = [(re.compile(hide), shown) for hide, _, shown in (word.partition("=") for word in sys.argv[1:])]


def run(*argv: str) -> str:
    """A command's output; what it says on standard error is part of it."""
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout


def shown(text: str) -> str:
    """`text` without what two environments need not have in common."""
    for pattern, instead in HIDDEN:
        text = pattern.sub(instead, text)
    return text


def digest(path: Path) -> str:
    """Of a file's content, or what a link points to."""
    if path.is_symlink():
        return shown(str(path.readlink()))
    if UNREAD.search(str(path)) and HIDDEN:
        return "-"
    content = path.read_bytes()
    if HIDDEN and len(content) < 100_000:
        content = shown(content.decode("utf-8", "replace")).encode()
    return hashlib.sha256(content).hexdigest()[:12]


def files() -> list[str]:
    """Every file, directory and link below TREES."""
    lines = []
    for tree in TREES:
        for folder, folders, names in os.walk(tree):
            if tree == "/srv" and folder.count("/") > 2:
                folders[:] = []  # objects and their versions are data
                continue
            if HIDDEN and folder == "/opt/shoestring/releases":
                folders[:] = [Path("/opt/shoestring/current").readlink().name]  # the others are its history
            # What Ansible was copying when it was killed goes after a day, by the role host's etc/tmpfiles.d.
            folders[:] = [name for name in folders if not name.startswith(("systemd-private-", "ansible-tmp-"))]
            if folder.startswith("/home/") and ".ansible" in folders:
                folders.remove(".ansible")  # Ansible makes it by looking, in check mode too
            if re.search(r"/environments/[^/]+/.", folder):
                folders[:] = []  # a Python environment is as its digest says
                continue
            for name in [*folders, *names]:
                path = Path(folder, name)
                state = path.lstat()
                if MOVING.match(str(path)):
                    continue
                what = "" if stat.S_ISDIR(state.st_mode) else digest(path)
                owner = (
                    f"{state.st_uid}:{state.st_gid}"
                    if not HIDDEN
                    else f"{pwd.getpwuid(state.st_uid).pw_name}:{grp.getgrgid(state.st_gid).gr_name}"
                )
                lines.append(f"file {shown(str(path))} {stat.filemode(state.st_mode)} {owner} {what}")
                if LITTER.search(str(path)):
                    lines.append(f"LITTER {path}")
    return lines


def units() -> list[str]:
    """What is enabled, and whether it runs; what has failed; an armed revert."""
    listed = run("systemctl", "list-unit-files", "--plain", "--no-legend", "--state=enabled,masked")
    states = dict(line.split()[:2] for line in listed.splitlines() if "@." not in line)
    active = run("systemctl", "is-active", *states).splitlines()
    lines = [f"unit {name} {states[name]} {now}" for name, now in zip(states, active, strict=True)]
    failed = run("systemctl", "list-units", "--plain", "--no-legend", "--failed").splitlines()
    ours = run("systemctl", "list-units", "--plain", "--no-legend", "--all", "shoestring-*").splitlines()
    ours = [line for line in ours if not line.split()[0].startswith("shoestring-guard@mend.")]  # at work twice a minute
    lines += [f"FAILED {line}" for line in failed if "sshd" not in line.split("@")[0]]
    return lines + [f"ours {shown(' '.join(line.split()[:4]))}" for line in ours]


def database() -> list[str]:
    """Roles with their attributes, databases with their owners, and the schema of the service's."""
    if not Path("/etc/postgresql").exists():
        return []
    psql = ["runuser", "-u", "postgres", "--", "psql", "-AtX", "-c"]
    can = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin"
    roles = f"select 'role', rolname, {can} from pg_roles where rolname !~ '^pg_' order by 2"  # noqa: S608 - ours
    databases = "select 'database', datname, pg_get_userbyid(datdba) from pg_database order by 2"
    dump = run("runuser", "-u", "postgres", "--", "pg_dump", "--schema-only", "service")
    schema = [f"schema {line}" for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
    return run(*psql, roles).splitlines() + run(*psql, databases).splitlines() + schema


def main() -> None:
    """Prints the lines, sorted within each part."""
    os.chdir("/")
    users = [re.sub(":[^:]*", ":", line, count=1) for line in run("getent", "passwd").splitlines()]
    packages = run("dpkg-query", "--show", "--showformat=package ${Package} ${db:Status-Status}\n").splitlines()
    sockets = [shown(line).split() for line in run("ss", "-Hltun").splitlines()]
    parts = [
        files(),
        units(),
        [f"user {line}" for line in users],
        [f"group {line}" for line in run("getent", "group").splitlines()],
        packages,
        [f"LITTER {path}" for path in Path("/var/lib/dpkg/updates").iterdir()],
        {f"port {line[0]} {line[4]}" for line in sockets},
    ]
    lines = [line for part in parts for line in sorted(part)]
    lines += [f"nft {shown(line.strip())}" for line in run("nft", "-s", "list", "ruleset").splitlines()]
    lines += [*database(), f"zone {Path('/etc/localtime').resolve()}"]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
