"""What the program gave a resource, and a record of what was read of it: an input that nobody reads is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_INDEX = re.compile(r"\[\d+\]")


class Inputs:
    """Reads inputs by the names of Pulumi's wire. What is absent, None or an empty list counts as not given.

    `seen` holds the paths that were read, those of an earlier run included.
    """

    def __init__(self, values: Mapping[str, Any], seen: set[str] | None = None, path: str = "") -> None:
        self._values, self._path = values, path
        self.seen: set[str] = set() if seen is None else seen

    def get(self, name: str, default: Any = None) -> Any:
        """The value; `default` if it is not given.

        Numbers come as floats from Pulumi's wire: a whole one is an int here, as calls take it.
        """
        self.seen.add(self._at(name))
        value = self._values.get(name)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return default if value is None or value == [] else value

    def part(self, name: str) -> Inputs:
        """The inputs of a block, which are to be read one by one; without any if it is not given."""
        return Inputs(self._values.get(name) or {}, self.seen, self._at(name))

    def parts(self, name: str) -> list[Inputs]:
        """The inputs of each of a list of blocks."""
        blocks = enumerate(self._values.get(name) or [])
        return [Inputs(block, self.seen, self._at(f"{name}[{index}]")) for index, block in blocks]

    def pick(self, **names: str) -> dict[str, Any]:
        """The inputs that are given, each under a parameter's name: pick(CidrBlock="cidrBlock")."""
        found = {parameter: self.get(name) for parameter, name in names.items()}
        return {parameter: value for parameter, value in found.items() if value is not None}

    def tags(self, tag: Callable[[str, str], dict[str, str]] | None = None) -> list[dict[str, str]]:
        """The tags as a call takes them, {Key, Value} each unless `tag` says otherwise."""
        make = tag or (lambda key, value: {"Key": key, "Value": value})
        return [make(key, value) for key, value in self.get("tags", {}).items()]

    def tagged(self, kind: str) -> dict[str, Any]:
        """EC2's TagSpecifications for a resource of this kind; nothing without tags."""
        tags = self.tags()
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}

    def has(self, path: str) -> bool:
        """Whether something is given at or below a path; [] stands for any index of a list."""
        return any(f"{_INDEX.sub('[]', leaf)}.".startswith((f"{path}.", f"{path}[")) for leaf in _leaves(self._values))

    def unread(self) -> list[str]:
        """The paths of what was given and never read."""
        return [path for path in _leaves(self._values) if path not in self.seen and not self._within_seen(path)]

    def _within_seen(self, path: str) -> bool:
        return any(path.startswith((f"{read}.", f"{read}[")) for read in self.seen)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def __bool__(self) -> bool:
        return bool(self._values)


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    """The path of every value that is given; an empty block or list says nothing."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    elif value is not None:
        yield path
