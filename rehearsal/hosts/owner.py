"""Whose an environment's hosts are: the checkout whose key opens them. Two checkouts may both say `local`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rehearsal.hosts import state
from rehearsal.hosts.errors import HostsError

FILE = "owner.json"


def check(environment: state.Environment, key_file: Path, key: str, remove: Callable[[], None]) -> None:
    """Let `key_file` have the environment. Hosts of an owner who is gone are taken away by `remove` first.

    Raises HostsError while the owner is there: a key of another checkout would shut it out, and its secrets
    don't fit what stands on the hosts. The same checkout may change its key.
    """
    recorded = state.read(environment.directory / FILE)
    if recorded and recorded["key_file"] != str(key_file) and recorded["key"] != key:
        other = Path(recorded["key_file"])
        if other.is_file() and other.read_text().strip() == recorded["key"]:
            raise HostsError(
                f"the hosts of {environment.name} on this machine belong to another checkout, whose key is {other}",
                "taking them over would shut it out, so nothing was done",
                f"`make down ENV={environment.name}` takes them away with their data; or give yours another name: "
                "copy its directory below stacks/ and set another bridge and range in its rehearsal.yml",
            )
        remove()


def record(environment: state.Environment, key_file: Path, key: str) -> None:
    """Remember whose the hosts are from now on."""
    state.write(environment.directory / FILE, {"key_file": str(key_file), "key": key})
