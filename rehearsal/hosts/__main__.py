"""`python -m rehearsal.hosts <verb>`: JSON on standard output, progress on standard error, 0 or 1."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from rehearsal.hosts import doctor, state
from rehearsal.hosts import environment as verbs
from rehearsal.hosts.errors import HostsError

VERBS = {
    "prepare": "install the Debian packages that hosts need on this machine",
    "doctor": "say what this machine lacks, changing nothing",
    "create": "have every host of a rehearsal.yml running",
    "list": "what is there",
    "stop": "power hosts off in order",
    "start": "power hosts on",
    "kill": "cut their power",
    "reboot": "reboot them in order",
    "destroy": "take the whole environment away",
}
BEGAN = time.monotonic()


def say(text: str) -> None:
    """One line of progress with the time since the start."""
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}\n", end="", file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m rehearsal.hosts", description=__doc__)
    actions = top.add_subparsers(dest="verb", required=True)
    for verb, text in VERBS.items():
        action = actions.add_parser(verb, help=text, description=text)
        if verb not in ("prepare", "doctor"):
            action.add_argument("--environment", required=True)
        if verb == "create":
            action.add_argument("file", type=Path, metavar="rehearsal.yml")
            action.add_argument("--authorized-key", type=Path, required=True, help="public key of the user deploy")
        if verb in ("stop", "start", "kill", "reboot"):
            action.add_argument("names", nargs="+", metavar="NAME")
    return top


def public_key(path: Path) -> str:
    """The one public key in a file."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        lines = [str(error)]
    if len(lines) != 1 or not lines[0].startswith(("ssh-", "ecdsa-", "sk-")):
        raise HostsError(
            f"{path} is not a file with one public SSH key",
            "nothing was made",
            f"ssh-keygen -t ed25519 -f {path.with_suffix('')}",
        )
    return lines[0]


def answer(asked: argparse.Namespace) -> object:
    """Do what was asked; what to print."""
    if os.geteuid() != 0:
        command = f"sudo {sys.executable} -m rehearsal.hosts {' '.join(sys.argv[1:])}"
        raise HostsError("hosts need root", "nothing was done", command)
    if asked.verb == "prepare":
        doctor.prepare(say)
    if asked.verb in ("prepare", "doctor"):
        doctor.check()
        return {"ready": True}
    environment = state.Environment(asked.environment)
    if asked.verb == "create":
        from rehearsal.hosts import config  # pydantic takes longer to load than most verbs to run

        key_file = asked.authorized_key.resolve()
        return verbs.create(environment, config.load(asked.file), key_file, public_key(key_file), say)
    if asked.verb == "destroy":
        verbs.destroy(environment, say)
    if asked.verb in ("stop", "start", "kill", "reboot"):
        return verbs.power(asked.verb, environment, asked.names, say)
    return verbs.describe(environment)


def main() -> int:
    """Run one verb."""
    os.umask(0o022)  # the hosts' own files take their modes from it
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"  # `su` leaves them out
    for number in (signal.SIGINT, signal.SIGTERM):
        # Nothing here minds being cut off: the next run takes up what is left. So all threads end at once.
        signal.signal(number, lambda number, _frame: os._exit(128 + number))
    try:
        print(json.dumps(answer(parser().parse_args()), indent=2))
    except HostsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
