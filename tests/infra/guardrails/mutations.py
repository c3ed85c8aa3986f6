"""Takes the inputs of a resource apart into leaves, and spoils them one by one.

A leaf's path has the keys on the way; an entry of a list is [], of a list of {name: ...} its name. Policies in JSON and
cloud-init documents are opened: policy:Statement[].Action[], userData:users[].lock_passwd.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from rehearsal.program import Resource

Steps = tuple[str | int, ...]
DOCUMENTS = ("policy", "assumeRolePolicy", "userData")
INVENTED = re.compile(r"(?:i|vol)-[0-9a-f]{17}")
WORDS = ("", "*", "other", "0.0.0.0/0")


@dataclass(frozen=True)
class Leaf:
    """`steps`: where it is in `open_`ed inputs; `path`: how the tables call that."""

    steps: Steps
    path: str
    value: Any


def open_(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the inputs in which documents are read."""
    result = copy.deepcopy(dict(inputs))
    for name in DOCUMENTS:
        if name in result:
            result[name] = yaml.safe_load(result[name])
    return result


def _closed(inputs: dict[str, Any]) -> dict[str, Any]:
    for name in DOCUMENTS:
        if name in inputs:
            in_yaml = name == "userData"
            inputs[name] = "#cloud-config\n" + yaml.safe_dump(inputs[name]) if in_yaml else json.dumps(inputs[name])
    return inputs


def leaves(resource: Resource) -> Iterator[Leaf]:
    """Every scalar and every empty list or mapping."""
    yield from _leaves(open_(resource.inputs), (), "")


def _leaves(node: Any, steps: Steps, path: str) -> Iterator[Leaf]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            colon = ":" if len(steps) == 1 and steps[0] in DOCUMENTS else "." if path else ""
            yield from _leaves(value, (*steps, key), f"{path}{colon}{key}")
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            name = value.get("name", "") if isinstance(value, dict) and set(value) == {"name", "value"} else ""
            yield from _leaves(value, (*steps, index), f"{path}[{name}]")
    else:
        yield Leaf(steps, path, node)


def stripped(resource: Resource, leaf: Leaf) -> Resource:
    """The resource without the leaf; what is empty after that goes too."""
    return _with(resource, leaf, lambda node, last: node.pop(last), empty=True)


def weakened(resource: Resource, leaf: Leaf) -> Iterator[Resource]:
    """The resource with each of the values that somebody might have put there."""
    for value in _others(leaf.value):
        yield _with(resource, leaf, lambda node, last, value=value: node.__setitem__(last, value))


def _others(value: Any) -> list[Any]:
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [0, value - 1, value + 1, value * 1000]
        case str():
            return [word for word in WORDS if word != value]
        case list():
            return [["other"], [{"other": "other"}]]
    return [{"other": "other"}]


def _with(resource: Resource, leaf: Leaf, change: Callable[[Any, Any], object], empty: bool = False) -> Resource:
    inputs = open_(resource.inputs)
    nodes: list[Any] = [inputs]
    for step in leaf.steps[:-1]:
        nodes.append(nodes[-1][step])
    change(nodes[-1], leaf.steps[-1])
    for node, step in list(zip(nodes, leaf.steps, strict=True))[-2::-1] if empty else ():
        if node[step] in ({}, []):
            del node[step]
    references = dict(resource.references)
    if _is_invented(resource, leaf):
        references.pop(str(leaf.steps[0]), None)
    return replace(resource, inputs=_closed(inputs), references=references)


def _is_invented(resource: Resource, leaf: Leaf) -> bool:
    """Whether the value came from another resource, and so the reference goes with it."""
    names = [urn.rpartition("::")[2] for urn in resource.references.get(str(leaf.steps[0]), [])]
    text = leaf.value if isinstance(leaf.value, str) else ""
    return bool(names) and (any(name in text for name in names) or INVENTED.fullmatch(text) is not None)
