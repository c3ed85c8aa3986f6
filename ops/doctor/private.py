"""Secrets on this machine: files that others can read, and what git has that it should not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ops import processes
from ops.cloud import part
from ops.doctor.line import CONTROLLER, FAIL, OK, Line, env, listed
from ops.environment import Environment

FILES, GIT = "secrets here", "secrets in git"
VAULT_HEAD = b"$ANSIBLE_VAULT;"
KEY_MARK = b"PRIVATE KEY-----"
# Of the state directory; others lie there that anybody may read, and nobody can while the directory is its owner's.
PUBLIC = {"ca.pem", "known_hosts"}
TRACKED = ("stacks", ".shoestring")  # where an environment's files are


def lines(environment: Environment) -> Iterator[Line]:
    yield files(environment)
    yield tracked(environment.root)


def files(environment: Environment) -> Line:
    """The state directory holds the API key and the SSH key in clear, for their owner alone."""
    wrong = [path for path in (environment.state.parent, environment.state) if path.is_dir() and _open(path)]
    inside = [path for path in environment.state.glob("*") if path.is_file() and path.name not in PUBLIC]
    secret = [path for path in inside if path.name.startswith(("id_", "api-key"))]
    if not environment.state.is_dir():
        return Line(OK, FILES, CONTROLLER, "none yet")
    wrong += [path for path in secret if path.suffix != ".pub" and _open(path)]
    logins: list[Path] = part(environment, "account").files() if environment.cloud else []
    for login in (path for path in logins if path.is_file()):
        secret.append(login)
        wrong += [login] if _open(login) else []
    if wrong:
        fix = f"chmod go= {' '.join(map(str, wrong))}; what others may have read: make rotate {env(environment)}"
        return Line(FAIL, FILES, CONTROLLER, f"others can read {listed(wrong)}", fix)
    return Line(OK, FILES, CONTROLLER, f"{len(secret)} files, no one else's to read")


def _open(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def tracked(root: Path) -> Line:
    """What git knows below stacks/ and .shoestring/: a vault that is not encrypted, or a private key."""
    done = processes.run(["git", "-C", root, "ls-files", "-z", "--cached", "--", *TRACKED])
    if done.code != 0:
        return Line(OK, GIT, CONTROLLER, "this is no git repository")
    names = [name for name in done.stdout.split("\0") if name]
    found = [name for name in names if name.startswith(".shoestring/") or _secret(root / name)]
    if found:
        fix = f"git rm --cached {' '.join(found[:3])}, and renew what is in it: make rotate ENV=<whose it is>"
        return Line(FAIL, GIT, CONTROLLER, f"git has {listed(found)}, which hold secrets in clear", fix)
    return Line(OK, GIT, CONTROLLER, f"none in {len(names)} files of environments")


def _secret(path: Path) -> bool:
    if not path.is_file():
        return False
    content = path.read_bytes()
    return KEY_MARK in content or (path.name == "vault.yml" and not content.startswith(VAULT_HEAD))
