"""Has the public door's certificate issued and renewed by ACME, and puts it into service.

* ask: as a user without rights, has lego order a certificate if the one that it holds will not do
* install: as root, puts what lego holds into service, if it is fit for that; else the old one stays
* ensure: as root, for Ansible, both if the certificate in service will not do. Prints {changed, problem};
  with --check it only says what it would do
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pair
import request

SETTINGS = Path("/etc/shoestring/acme.json")
# Key and chain in one file, so that one rename changes both. nginx opens it twice for each connection; the key stays
# the same from one renewal to the next, so that what a connection finds there belongs together at any moment.
IN_SERVICE = Path("/etc/shoestring/tls/acme.pem")
STATE = Path("/var/lib/shoestring-acme")
# Why the last try of each failed; not there if it did not.
PROBLEMS = {"ask": STATE / "problem", "install": IN_SERVICE.with_suffix(".problem")}
UNIT = "shoestring-acme.service"
LARGEST_BYTES = 65536
# An issuer counts its orders. One whose certificates will not do is not asked for another before this time.
UNFIT_SECONDS = 86400


class RefusedError(Exception):
    """What stands in the way, for people."""


def held(settings: dict[str, Any]) -> tuple[Path, Path]:
    """Where lego keeps the chain and the key; an issuer has a directory of its own."""
    directory = lego_path(settings) / "certificates"
    name = settings["names"][0]
    return directory / f"{name}.crt", directory / f"{name}.key"


def lego_path(settings: dict[str, Any]) -> Path:
    return STATE / "lego" / hashlib.sha256(settings["directory"].encode()).hexdigest()[:16]


def content(path: Path) -> bytes:
    """The file's; nothing if it is not there. Through no link: a user without rights can make one there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST_BYTES)


def unfit(settings: dict[str, Any], chain: bytes, key: bytes) -> str:
    """Why this pair can't be served; empty if it can."""
    if not chain:
        return "there is no certificate yet"
    if reasons := "; ".join(str(fault) for fault in pair.faults(chain, key, settings["names"])):
        return reasons
    extra = pair.names(pair.certificates(chain)[0]) - set(settings["names"])
    return f"it is also for {', '.join(sorted(extra))}" if extra else ""


def due(chain: bytes) -> str:
    """Why it is to be renewed: a third of its life is left, as issuers ask for it; empty if it is not."""
    leaf = pair.certificates(chain)[0]
    remaining = pair.left(leaf)
    life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    return f"it ends on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC" if remaining < life / 3 else ""


def ask(settings: dict[str, Any]) -> None:
    """Raises RefusedError with what the issuer said."""
    chain_file, key_file = held(settings)
    chain = content(chain_file)
    wrong = unfit(settings, chain, content(key_file))
    reason = wrong or due(chain)
    if not reason:
        print("Nothing to ask for: the certificate will do.")
        return
    issued = pair.certificates(chain) and pair.names(pair.certificates(chain)[0]) == set(settings["names"])
    if wrong and issued and time.time() - chain_file.stat().st_mtime < UNFIT_SECONDS:
        raise RefusedError(f"it was issued, but will not do ({wrong}); the issuer is asked again in a day")
    print(f"Asking {settings['directory']} for {', '.join(settings['names'])}: {reason}.", flush=True)
    wanted = STATE / "request.pem"
    wanted.write_bytes(request.signed(settings["names"], request.key(key_file, content(key_file))))
    command = ["/usr/bin/lego", "--accept-tos", "--path", str(lego_path(settings)), "--csr", str(wanted)]
    command += ["--server", settings["directory"], "--email", settings["email"]]
    command += ["--tls", "--tls.port", settings["listen"], "--http-timeout", "30"]
    done = lego(command)
    if done.returncode and "accountDoesNotExist" in done.stdout:  # a private issuer that was set up anew
        for account in lego_path(settings).glob("accounts/*/*/account.json"):
            account.unlink()
        done = lego(command)
    if done.returncode:
        raise RefusedError(said(done.stdout) or f"lego ended with code {done.returncode}")


def lego(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*command, "run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout, flush=True)
    return done


def said(output: str) -> str:
    """The issuer's reason in lego's output: from its first error on, without the times."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "could not" in line.lower()]
    return " ".join(dict.fromkeys(line[20:] if line[:2] == "20" else line for line in errors[-3:]))[:1500]


def install(settings: dict[str, Any]) -> None:
    """Raises RefusedError, and then what was in service still is."""
    chain, key = (content(path) for path in held(settings))
    if reason := unfit(settings, chain, key):
        raise RefusedError(f"what the issuer gave can't be served: {reason}")
    wanted = key.rstrip() + b"\n" + chain
    if wanted != content(IN_SERVICE):
        replace(wanted)
        print("The new certificate is in service: nginx reads it for each connection.")


def replace(data: bytes) -> None:
    staged = IN_SERVICE.with_suffix(".new")
    staged.unlink(missing_ok=True)
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        os.fchown(file.fileno(), 0, grp.getgrnam("www-data").gr_gid)
        os.fchmod(file.fileno(), 0o640)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(IN_SERVICE)


def ensure(settings: dict[str, Any], check: bool) -> dict[str, Any]:
    """A renewal is left to the timer: an unchanged run of Ansible asks no issuer."""
    before = content(IN_SERVICE)
    failed = subprocess.run(["systemctl", "is-failed", "--quiet", UNIT], check=False).returncode == 0
    if in_service(settings) and not failed:
        return {"changed": False, "problem": ""}
    if check:
        return {"changed": True, "problem": ""}
    done = subprocess.run(["systemctl", "start", UNIT], capture_output=True, text=True, check=False)
    said = [content(path).decode(errors="replace") for path in PROBLEMS.values()]
    problem = "; ".join(filter(None, said)) or done.stderr.strip()
    return {"changed": content(IN_SERVICE) != before, "problem": "" if in_service(settings) else problem}


def in_service(settings: dict[str, Any]) -> bool:
    """Whether nginx serves what this issuer gave for these names."""
    chain, key = (content(path) for path in held(settings))
    same = content(IN_SERVICE) == key.rstrip() + b"\n" + chain
    return same and not unfit(settings, chain, key)


def main(words: list[str]) -> int:
    settings = json.loads(SETTINGS.read_text())
    if words[0] == "ensure":
        print(json.dumps(ensure(settings, "--check" in words)))
        return 0
    try:
        {"ask": ask, "install": install}[words[0]](settings)
    except RefusedError as reason:
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {reason}", file=sys.stderr)
        PROBLEMS[words[0]].write_text(str(reason))
        return 1
    PROBLEMS[words[0]].unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
