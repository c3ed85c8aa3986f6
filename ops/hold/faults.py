"""What a person reads when a lock on a host can't be had, or is lost."""

from __future__ import annotations

from typing import Any

from ops import ansible_reasons
from ops.errors import OperationError
from ops.hold import QUIET, SILENCE


def described(record: dict[str, Any]) -> str:
    """A holder in words."""
    said = {key: record.get(key, "unknown") for key in ("by", "from", "pid", "since", "doing")}
    return "{doing}, by {by} from {from} (pid {pid} there), since {since}".format(**said)


def busy(name: str, host: str, record: dict[str, Any], silent: float) -> OperationError:
    holder = f"held for {described(record)}" if record else "held by a run that has only just begun"
    cause = f"The lock {name!r} on {host} is {holder}."
    if silent > QUIET:
        cause += f"\nNothing was heard of that run for {silent:.0f} s; after {SILENCE:.0f} s the lock frees itself."
    return OperationError(
        cause,
        "Nothing was done.",
        f"Wait until it is done, or end it with Ctrl-C in its terminal{_where(record)}; then run this again.",
    )


def failed(name: str, host: str, why: str) -> OperationError:
    """`why`: what ssh, sudo or the far end said."""
    return OperationError(
        f"The lock {name!r} on {host} can't be taken.\n{ansible_reasons.explain(why) or why}",
        "Whether somebody else is at work there is not known, so nothing was done.",
        "Mend that, then run this again.",
    )


def lost(name: str, host: str, why: str) -> OperationError:
    return OperationError(
        f"The lock {name!r} on {host} is lost: {why}",
        "This run was interrupted where it was, for another one may begin beside it.",
        f"See that {host} can be reached, then run this again.",
    )


def stale(name: str, host: str, record: dict[str, Any]) -> str:
    return (
        f"The lock {name!r} on {host} was left by {described(record)}. Its owner is gone, so it was taken over; "
        "what that run had begun may be half done."
    )


def _where(record: dict[str, Any]) -> str:
    return f" on {record['from']}" if record.get("from") else ""
