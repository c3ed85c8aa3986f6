"""API keys: the door takes the new one beside the old one, clients change over, then it refuses the old one."""

from __future__ import annotations

import secrets

from infra import api_keys
from ops import files, keys
from ops.errors import OperationError
from ops.rotate.phases import Secret, Turn

NEXT, OLD = "-next", "-old"  # what the overlap's entries are named, and so what the door's log calls their clients


def begin(turn: Turn) -> None:
    """Each valid key gets a next one. What an earlier revocation left is its own command's to finish."""
    entries = turn.journal.variables[api_keys.VARIABLE]
    if clash := sorted(name for name in entries for end in (NEXT, OLD) if name + end in entries):
        raise OperationError(
            f"Beside the API key {clash[0]!r} there is {clash[0]}{NEXT} or {clash[0]}{OLD}, which a rotation needs.",
            "No API key was rotated.",
            f"make key-revoke NAME={clash[0]}{NEXT} (or {OLD}), after adding it again under another name",
        )
    made = {name: secrets.token_urlsafe(32) for name in api_keys.valid(entries)}
    nexts = {name + NEXT: {"key": key, "created": keys.now()} for name, key in made.items()}
    turn.journal.begin({"new": made, "old": api_keys.valid(entries)}, {api_keys.VARIABLE: {**entries, **nexts}})


def beside(turn: Turn) -> None:
    """No request is lost: the door knows the new keys before anybody is told of them."""
    keys.apply(turn.environment, turn.steps)
    for name, key in turn.journal.notes["new"].items():
        keys.prove(turn.environment, turn.footprint, key, taken, f"take the new {name!r}", turn.steps)


def change_over(turn: Turn) -> None:
    """Whoever reads the files anew has the new key from now on; the old one is still good for a moment."""
    notes, entries = turn.journal.notes, dict(turn.journal.variables[api_keys.VARIABLE])
    for name, key in notes["new"].items():
        entries.pop(name + NEXT, None)
        entries[name] = {"key": key, "created": keys.now()}
        entries[name + OLD] = {"key": notes["old"][name], "revoked": keys.now()}
    turn.journal.change({api_keys.VARIABLE: entries})
    for name, key in notes["new"].items():
        if name != api_keys.own(entries):
            path = keys.file_of(turn.environment, name)
            files.write(path, key, 0o600)
            files.write(path.with_name(f"{name}.header"), f"Authorization: Bearer {key}\n", 0o600)
    turn.settle()


def refuse(turn: Turn) -> None:
    """The old ones are dead, on open connections too."""
    keys.apply(turn.environment, turn.steps)
    notes = turn.journal.notes
    for name in notes["new"]:
        refused = f"refuse the old {name!r}"
        keys.prove(turn.environment, turn.footprint, notes["old"][name], keys.refused, refused, turn.steps)
        keys.prove(turn.environment, turn.footprint, notes["new"][name], taken, f"take {name!r}", turn.steps)
    entries = turn.journal.variables[api_keys.VARIABLE]
    left = {name: entry for name, entry in entries.items() if name.removesuffix(OLD) not in notes["new"]}
    turn.journal.change({api_keys.VARIABLE: left | {name: entries[name] for name in notes["new"]}})


def taken(code: int) -> bool:
    return code not in (0, 401)


SECRET = Secret(
    "each API key anew; both are taken until the files have the new one", begin, (beside, change_over, refuse)
)
