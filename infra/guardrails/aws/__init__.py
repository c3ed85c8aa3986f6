"""The rules about resources of AWS."""

from __future__ import annotations

from infra.guardrails.aws import cost, database, identity, keys, machines, network, openings, protection, storage, tags
from infra.guardrails.rule import Rule

RULES: tuple[Rule, ...] = (
    *storage.RULES,
    *machines.RULES,
    *database.RULES,
    *network.RULES,
    *openings.RULES,
    *identity.RULES,
    *keys.RULES,
    *protection.RULES,
    *tags.RULES,
    *cost.RULES,
)
