"""Inputs of which Pulumi's engine does not know all yet, and whether somebody looked at what it does not know.

In a preview an id, or a text made from one, is not there before its resource is. What a rule says after it has looked
at such a value is a guess; what it says of all the rest is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi_policy import proxy

UNKNOWN = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))
"""What the engine sends in the place of such values, a text for each of their types."""


class Watch:
    """`seen`: whether something unknown was looked at since that was last False."""

    def __init__(self) -> None:
        self.seen = False

    def over(self, value: Any) -> Any:
        """A copy of a value of JSON types, of dicts and lists as before, which tells when something unknown is read.

        The wire knows no whole numbers: they come as 443.0, and are 443 again.
        """
        if isinstance(value, Mapping):
            return _Map(self.look, {key: self.over(each) for key, each in value.items()})
        if isinstance(value, list):
            return _List(self.look, [self.over(each) for each in value])
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def look(self, value: Any) -> Any:
        self.seen |= isinstance(value, str) and value in UNKNOWN
        return value


Look = Callable[[Any], Any]


class _Map(dict[str, Any]):
    def __init__(self, look: Look, values: dict[str, Any]) -> None:
        super().__init__(values)
        self._look = look

    def __getitem__(self, key: str) -> Any:
        return self._look(super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is what `get` is made of

    def values(self) -> Any:
        return {key: self[key] for key in self}.values()

    def items(self) -> Any:
        return {key: self[key] for key in self}.items()

    def __eq__(self, other: object) -> bool:
        return dict(self.items()) == other

    __hash__ = None  # as a dict has none


class _List(list[Any]):
    def __init__(self, look: Look, values: list[Any]) -> None:
        super().__init__(values)
        self._look = look

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return [self._look(each) for each in found] if isinstance(index, slice) else self._look(found)

    def __iter__(self) -> Iterator[Any]:
        return map(self._look, super().__iter__())

    def __contains__(self, value: object) -> bool:
        return any(each == value for each in self)

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # as a list has none
