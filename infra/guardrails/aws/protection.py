"""Rules about what must not be deleted by a slip, while the settings want it protected."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.aws import tokens
from infra.guardrails.rule import Fault, Rule, must_be
from infra.guardrails.stack import Resource, Stack
from infra.guardrails.wanted import protected, while_wanted
from infra.problems import shown

STATEFUL = (tokens.BUCKET, tokens.DATABASE, tokens.KEY, tokens.VOLUME)


def _database(database: Resource, stack: Stack) -> Iterator[Fault]:
    yield from must_be("deletionProtection", True)(database, stack)
    yield from must_be("skipFinalSnapshot", False)(database, stack)
    if not database.inputs.get("finalSnapshotIdentifier"):
        yield Fault("its last snapshot has no name", "finalSnapshotIdentifier")


def _machine(machine: Resource, stack: Stack) -> Iterator[Fault]:
    host = stack.host(machine)
    if host is not None and host.spot:  # AWS gives these no protection
        return
    yield from must_be("disableApiTermination", True)(machine, stack)


def _stops(machine: Resource, _: Stack) -> Iterator[Fault]:
    found = machine.inputs.get("instanceInitiatedShutdownBehavior", "stop")  # AWS's default
    if found != "stop":
        yield Fault(f"it is destroyed when it shuts down ({shown(found)})", "stop")


RULES = (
    Rule("protected", "What holds data outlives a slip at the keyboard.", STATEFUL, while_wanted(protected)),
    Rule(
        "s3-not-emptied",
        "A bucket that is emptied on deletion takes all versions with it.",
        (tokens.BUCKET,),
        while_wanted(must_be("forceDestroy", False)),
    ),
    Rule("rds-not-deleted", "A database is deleted in one call.", (tokens.DATABASE,), while_wanted(_database)),
    Rule("ec2-not-terminated", "A machine is deleted in one call.", (tokens.INSTANCE,), while_wanted(_machine)),
    Rule("ec2-stops", "`poweroff` on a host must not delete its disk.", (tokens.INSTANCE,), _stops),
)
