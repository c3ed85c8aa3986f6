"""What the rules look at: all that a program registered for a stack, and what its settings allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from infra import naming
from infra.exposure import Exposure
from infra.settings import HostSetting, Settings

STACK = "pulumi:pulumi:Stack"


class Resource(Protocol):
    """A registered resource, as rehearsal/program.py and a policy pack see it.

    `inputs` have the names of Pulumi's wire. `references`: input -> the urns of what its value was made from.
    """

    @property
    def urn(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def references(self) -> Mapping[str, Sequence[str]]: ...


@dataclass(frozen=True)
class Whole:
    """Stands for the stack itself in rules about all of it."""

    name: str
    urn: str = ""
    type: str = STACK
    inputs: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Stack:
    """The resources of a stack, and how they hang together.

    `monthly`: what they cost in US dollars a month. `table`: who may reach what.
    """

    def __init__(
        self, resources: Iterable[Resource], settings: Settings, monthly: Decimal, table: Sequence[Exposure]
    ) -> None:
        self.settings, self.monthly, self.table = settings, monthly, table
        self.whole = Whole(settings.environment)
        self._by_urn: dict[str, Resource] = {}
        self._by_type: dict[str, list[Resource]] = {STACK: [self.whole]}
        self._users: dict[tuple[str, str, str], list[Resource]] = {}
        for one in resources:
            self._by_urn[one.urn] = one
            self._by_type.setdefault(one.type, []).append(one)
            for name, urns in one.references.items():
                for urn in urns:
                    self._users.setdefault((urn, one.type, name), []).append(one)

    def __iter__(self) -> Any:
        return iter(self._by_urn.values())

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [one for type_ in types for one in self._by_type.get(type_, [])]

    def made_from(self, resource: Resource, name: str, type_: str) -> list[Resource]:
        """The resources of a type that the value of an input was made from."""
        if not resource.inputs.get(name):
            return []
        found = [self._by_urn.get(urn) for urn in resource.references.get(name, [])]
        return [one for one in found if one is not None and one.type == type_]

    def users(self, resource: Resource, type_: str, name: str) -> list[Resource]:
        """The resources of a type whose input was made from this one."""
        return [one for one in self._users.get((resource.urn, type_, name), []) if one.inputs.get(name)]

    def host(self, machine: Resource) -> HostSetting | None:
        """The host that a machine is, by its name; None for a machine that no setting names."""
        names = {naming.name(self.settings.environment, host.name): host for host in self.settings.hosts}
        return names.get(machine.name)
