"""One rule about the parameters of a call, and the words that rules are written in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.aws import patterns

Parameters = dict[str, Any]
Breaks = Callable[[Parameters], bool]


@dataclass(frozen=True)
class Conflict:
    """`path`: the parameter at fault; `says`: what is wrong with it where `breaks` is True of the block.

    within: the block that the rule is about, such as IpPermissions[]; '' is the whole call. source: where AWS says so:
    a member's documentation in botocore's model, "service Shape.Member", or a page of AWS's guides.
    """

    path: str
    says: str
    source: str
    breaks: Breaks
    within: str = ""


def stated(service: str, shape: str, within: str = "") -> Callable[[str, str, Breaks], Conflict]:
    """Makes rules that a shape's members state in botocore's model, each of the member at fault."""
    return lambda path, says, breaks: Conflict(path, says, f"{service} {shape}.{path}", breaks, within)


def blocks(within: str, parameters: Parameters) -> Iterator[tuple[str, Parameters]]:
    """The path and the value of each block at a path such as BlockDeviceMappings[].Ebs."""
    found = [("", parameters)]
    for step in within.split(".") if within else []:
        name = step.removesuffix("[]")
        inner = [(f"{path}.{name}".lstrip("."), block[name]) for path, block in found if name in block]
        if step.endswith("[]"):
            inner = [(f"{path}[{index}]", each) for path, many in inner for index, each in enumerate(many)]
        found = inner
    yield from found


def together(*names: str) -> Breaks:
    """All of these are given."""
    return lambda given: all(name in given for name in names)


def without(name: str, needed: str) -> Breaks:
    """`name` is given or on, and what it needs is not."""
    return lambda given: bool(given.get(name)) and not given.get(needed)


def outside(name: str, least: float, most: float) -> Breaks:
    return lambda given: name in given and not least <= given[name] <= most


def none_of(name: str, *allowed: object) -> Breaks:
    return lambda given: name in given and given[name] not in allowed


def unlike(name: str, pattern: str) -> Breaks:
    """A text that is given and does not match the whole of `pattern`."""
    return lambda given: name in given and not patterns.matches(pattern, given[name])


def longer(name: str, most: int) -> Breaks:
    return lambda given: len(given.get(name, "")) > most
