"""Every input that goes to Google's provider is one that its SDK knows, of the type that it says.

mypy holds the program's own calls against the same types; this holds what is really sent, nested inputs too, and says
which required ones are missing.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pulumi import _types

from rehearsal.program import Resource
from tests.infra.gcp.test_forms import STACKS, custom
from tests.infra.guardrails.mutations import SECRET

PLAIN = {str: (str,), bool: (bool,), int: (int, float), float: (int, float)}


def arguments(type_: str) -> Any:
    """gcp:compute/firewall:Firewall -> pulumi_gcp.compute.FirewallArgs."""
    package, module, name = type_.split(":")
    module = module.partition("/")[0]
    where = f"pulumi_{package}" if module == "index" else f"pulumi_{package}.{module}"
    return getattr(importlib.import_module(where), f"{name}Args")


def problems(inputs: Mapping[str, Any], cls: Any, path: str = "") -> Iterator[str]:
    """What the SDK's type of these inputs does not know or take, and what it wants besides."""
    types = _types.input_type_types(cls)
    for name in required(cls) - set(inputs):
        yield f"{path}{name} is missing"
    for name, value in inputs.items():
        if name not in types:
            yield f"{path}{name} is unknown"
        else:
            yield from _problems(value, types[name], f"{path}{name}")


def _problems(value: Any, kind: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and SECRET in value:
        value = value["value"]
    if _types.is_input_type(kind):
        if isinstance(value, Mapping):
            yield from problems(value, kind, f"{path}.")
        else:
            yield f"{path} is {value!r}"
        return
    origin, inner = typing.get_origin(kind), [_types.unwrap_type(each) for each in typing.get_args(kind)]
    if origin is None:
        whole = not (kind is int and isinstance(value, float) and not value.is_integer())
        if not (isinstance(value, PLAIN[kind]) and whole and isinstance(value, bool) == (kind is bool)):
            yield f"{path} is {value!r}, and no {kind.__name__}"
    elif issubclass(origin, Mapping):
        for key, each in value.items() if isinstance(value, Mapping) else [("?", object())]:
            yield from _problems(each, inner[1], f"{path}.{key}")
    else:
        for each in value if isinstance(value, list) else [object()]:
            yield from _problems(each, inner[0], f"{path}[]")


def required(cls: Any) -> set[str]:
    """By the names of the wire."""
    names = _types.input_type_py_to_pulumi_names(cls)
    parameters = inspect.signature(cls.__init__).parameters.values()
    return {names[one.name] for one in parameters if one.name in names and one.default is inspect.Parameter.empty}


def faults(resource: Resource) -> list[str]:
    return [f"{resource.name}: {each}" for each in problems(resource.inputs, arguments(resource.type))]


@pytest.mark.parametrize("stack", STACKS)
def test_the_sdk_knows_and_takes_each_input(stack: str) -> None:
    assert [each for one in custom(stack) for each in faults(one)] == []


def spoilt(type_: str, at: str, to: Any) -> list[str]:
    """What is said once an input of a resource is another, or gone."""
    resource = next(one for one in custom("gcp-prod") if f"/{type_}:" in one.type)
    inputs = copy.deepcopy(resource.inputs)
    *steps, last = at.split("/")
    node: Any = inputs
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if to is None:
        del node[last]
    else:
        node[last] = to
    return [each.partition(" ")[0] for each in problems(inputs, arguments(resource.type))]


@pytest.mark.parametrize(
    ("type_", "at", "to", "where"),
    [
        ("firewall", "network", None, "network"),
        ("firewall", "priority", "1000", "priority"),
        ("firewall", "priority", 1.5, "priority"),
        ("firewall", "sourceRange", ["0.0.0.0/0"], "sourceRange"),
        ("firewall", "denies/0/protocol", 6, "denies[].protocol"),
        ("firewall", "denies", "all", "denies[]"),
        ("instance", "bootDisk/initializeParams/siz", 10, "bootDisk.initializeParams.siz"),
        ("instance", "canIpForward", "no", "canIpForward"),
        ("instance", "labels/owner", 7, "labels.owner"),
        ("instance", "bootDisk", "x", "bootDisk"),
        ("databaseInstance", "databaseVersion", None, "databaseVersion"),
        ("databaseInstance", "settings/tier", None, "settings.tier"),
        ("databaseInstance", "settings/databaseFlags/0/value", True, "settings.databaseFlags[].value"),
        ("randomPassword", "length", None, "length"),
    ],
)
def test_what_it_does_not_know_or_take_is_seen(type_: str, at: str, to: Any, where: str) -> None:
    assert spoilt(type_, at, to) == [where]
