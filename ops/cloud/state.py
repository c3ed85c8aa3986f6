"""What a stack's state says is there, and which of it is kept while the rest is taken down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.seen import mapping

# What makes a bucket or a key safe is a resource of its own, which depends on it. A kept bucket without its policy,
# its public access block and its encryption would be worse than none. A database of Cloud SQL holds its databases and
# users as resources of their own: taken down, they would take the data along.
GUARDS = ("aws:s3/", "aws:kms/", "gcp:storage/", "gcp:kms/", "gcp:sql/")
CLOUDS = ("aws:", "gcp:")


@dataclass(frozen=True)
class Entry:
    """A resource of the state. `needs`: the urns of its parent, its provider and all it depends on."""

    urn: str
    type: str
    id: str
    protect: bool
    needs: frozenset[str]
    outputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


def entries(deployment: Mapping[str, Any]) -> list[Entry]:
    """Those of an exported state, without what is only waiting to be deleted."""
    found = mapping(deployment).get("resources") or []
    return [_entry(one) for one in found if not one.get("delete")]


def _entry(one: Mapping[str, Any]) -> Entry:
    needs = {one.get("parent", ""), one.get("provider", "").rpartition("::")[0], one.get("deletedWith", "")}
    needs |= set(one.get("dependencies") or ())
    for urns in (one.get("propertyDependencies") or {}).values():
        needs |= set(urns or ())
    return Entry(
        one["urn"],
        one["type"],
        one.get("id", ""),
        bool(one.get("protect")),
        frozenset(needs - {"", one["urn"]}),
        mapping(one.get("outputs")),
    )


def kept(found: Iterable[Entry], types: Collection[str] = ()) -> set[str]:
    """The urns of what stays: what is protected or of one of `types`, what that needs, and what guards it.

    Nothing that goes is needed by anything that stays.
    """
    by_urn = {entry.urn: entry for entry in found}
    stays = _with_needs((one.urn for one in by_urn.values() if one.protect or one.type in types), by_urn)
    guards = (one.urn for one in by_urn.values() if one.type.startswith(GUARDS) and one.needs & _own(stays, by_urn))
    return stays | _with_needs(guards, by_urn)


def _own(stays: set[str], by_urn: Mapping[str, Entry]) -> set[str]:
    """The kept ones that a guard can guard."""
    return {urn for urn in stays if by_urn[urn].type.startswith(GUARDS)}


def _with_needs(urns: Iterable[str], by_urn: Mapping[str, Entry]) -> set[str]:
    found: set[str] = set()
    waiting = list(urns)
    while waiting:
        urn = waiting.pop()
        if urn in by_urn and urn not in found:
            found.add(urn)
            waiting += by_urn[urn].needs
    return found


def goes(found: Iterable[Entry], stays: set[str]) -> list[Entry]:
    """What is taken down: all others. A component whose parts stay is a parent of them, and so stays."""
    return [entry for entry in found if entry.urn not in stays]


def real(found: Iterable[Entry]) -> Iterator[Entry]:
    """Those that are something in the cloud, and no component, provider or stack."""
    return (entry for entry in found if entry.id and entry.type.startswith(CLOUDS))
