"""Takes the inputs of a resource apart into leaves, and spoils them one by one.

A leaf's path has the keys on the way. An entry of a list is [] or, if it has one, its name: parameters[log].value.
Policies in JSON and cloud-init documents are opened: policy:Statement[OnlyTls].Action, userData:users[deploy].sudo.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from ops.invented.gcp import PUBLIC
from rehearsal.program import Resource

Steps = tuple[str | int, ...]
DOCUMENTS = ("policy", "assumeRolePolicy", "userData")
NAMES = ("name", "Sid", "id")
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's mark of one, which is a leaf


@dataclass(frozen=True)
class Leaf:
    """`steps`: where it is in `opened` inputs; `path`: how the tables call that."""

    steps: Steps
    path: str
    value: Any


def short(type_: str) -> str:
    """aws:s3/bucketPolicy:BucketPolicy -> s3/bucketPolicy."""
    return type_.split(":")[1]


def opened(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the inputs in which documents are read."""
    result = copy.deepcopy(dict(inputs))
    for name in DOCUMENTS:
        if name in result:
            result[name] = yaml.safe_load(result[name])
    return result


def closed(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs with their documents as texts again."""
    for name in DOCUMENTS:
        if isinstance(inputs.get(name), dict):
            in_yaml = name == "userData"
            inputs[name] = "#cloud-config\n" + yaml.safe_dump(inputs[name]) if in_yaml else json.dumps(inputs[name])
    return inputs


def leaves(resource: Resource) -> Iterator[Leaf]:
    """Every scalar and every empty list or mapping."""
    yield from _leaves(opened(resource.inputs), (), "")


def _leaves(node: Any, steps: Steps, path: str) -> Iterator[Leaf]:
    if isinstance(node, dict) and node and SECRET not in node:
        for key, value in node.items():
            dot = ":" if len(steps) == 1 and steps[0] in DOCUMENTS else "." if path else ""
            yield from _leaves(value, (*steps, key), f"{path}{dot}{key}")
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from _leaves(value, (*steps, index), f"{path}[{_name(value)}]")
    else:
        yield Leaf(steps, path, node)


def _name(value: Any) -> str:
    names = [value[key] for key in NAMES if key in value] if isinstance(value, dict) else []
    return str(names[0]) if names else ""


def stripped(resource: Resource, leaf: Leaf) -> Resource:
    """The resource without the leaf; what is empty after that goes too, and so does what the leaf was made from."""
    inputs, nodes = _opened_to(resource, leaf)
    nodes[-1].pop(leaf.steps[-1])
    for node, step in list(zip(nodes, leaf.steps, strict=True))[-2::-1]:
        if node[step] in ({}, []):
            del node[step]
    return replace(resource, inputs=closed(inputs), references=_references(resource, inputs, str(leaf.steps[0])))


def flipped(resource: Resource, leaf: Leaf) -> Resource:
    """The resource with the opposite of a leaf that is true or false."""
    inputs, nodes = _opened_to(resource, leaf)
    nodes[-1][leaf.steps[-1]] = not leaf.value
    return replace(resource, inputs=closed(inputs))


def _opened_to(resource: Resource, leaf: Leaf) -> tuple[dict[str, Any], list[Any]]:
    """The inputs, and what is passed in them on the way to the leaf."""
    inputs = opened(resource.inputs)
    nodes: list[Any] = [inputs]
    for step in leaf.steps[:-1]:
        nodes.append(nodes[-1][step])
    return inputs, nodes


def _references(resource: Resource, inputs: Mapping[str, Any], name: str) -> dict[str, list[str]]:
    """Without those by which an input no longer names another resource, as invented values do (plans.Inventor)."""
    before, after = str(resource.inputs[name]), str(inputs.get(name, ""))

    def stays(urn: str) -> bool:
        said = [text for text in _invented(urn) if text in before]
        return name in inputs and (any(text in after for text in said) or not said)

    return {key: [urn for urn in urns if key != name or stays(urn)] for key, urns in resource.references.items()}


def _invented(urn: str) -> tuple[str, ...]:
    """The texts by which a value that was invented for a resource can be told: its name, its digest, its address."""
    address = (PUBLIC,) if "compute/address:" in urn else ()
    return urn.rpartition("::")[2], hashlib.sha256(urn.encode()).hexdigest()[:12], *address


def put(made: Sequence[Resource], old: Resource, new: Resource) -> list[Resource]:
    """The stack with a resource in another's place."""
    return [new if one.urn == old.urn else one for one in made]
