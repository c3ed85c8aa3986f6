"""The rules about resources of Google Cloud."""

from __future__ import annotations

from infra.guardrails.gcp import cost, database, identity, keys, machines, network, openings, protection, storage, tags
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
