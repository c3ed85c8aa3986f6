"""Rules about what must not be deleted by a slip, while the settings want it protected."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, both, must_be
from infra.guardrails.stack import Resource, Stack
from infra.guardrails.wanted import protected, while_wanted

STATEFUL = (tokens.BUCKET, tokens.DATABASE, tokens.DISK, tokens.KEY)


def _kept(database: Resource, stack: Stack) -> Iterator[Fault]:
    yield from must_be("settings.retainBackupsOnDelete", True, in_prod=True)(database, stack)


RULES = (
    Rule("protected", "What holds data outlives a slip at the keyboard.", STATEFUL, while_wanted(protected)),
    Rule(
        "gcs-not-emptied",
        "A bucket that is emptied on deletion takes all versions with it.",
        (tokens.BUCKET,),
        while_wanted(must_be("forceDestroy", False)),
    ),
    Rule(
        "sql-not-deleted",
        "A database is deleted in one call.",
        (tokens.DATABASE,),
        while_wanted(
            both(must_be("deletionProtection", True), must_be("settings.deletionProtectionEnabled", True), _kept)
        ),
    ),
    Rule(
        "gce-not-deleted",
        "A machine is deleted in one call.",
        (tokens.INSTANCE,),
        while_wanted(must_be("deletionProtection", True)),
    ),
)
