"""A stack as the engine knows it before any of it is made: what comes from another resource is not there yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rehearsal.program import Resource
from tests.policy.wire import UNKNOWN


def unknown(resources: Iterable[Resource], spoilt: Iterable[Resource] = ()) -> list[Resource]:
    """With all values of inputs that were made from other resources exchanged for the engine's mark.

    Invented ids and ARNs hold the name of their resource (ops/invented, tests/infra/aws/plans.py). Where no leaf of an
    input does, as in an address that was worked out of another, the whole input is taken as not known; not so in
    `spoilt` resources, where somebody wrote what is there.
    """
    urns = {one.urn for one in spoilt}
    return [
        replace(one, inputs={name: _unknown(one, name, one.urn not in urns) for name in one.inputs})
        for one in resources
    ]


def _unknown(resource: Resource, name: str, whole: bool) -> Any:
    value, urns = resource.inputs[name], resource.references.get(name, [])
    without = _without(value, {urn.rpartition("::")[2] for urn in urns})
    return UNKNOWN if urns and whole and without == value else without


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    return UNKNOWN if isinstance(value, str) and any(name in value for name in names) else value
