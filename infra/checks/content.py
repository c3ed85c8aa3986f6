"""Is what a file of variables holds what the roles read: each name, each value, and read by Ansible as we read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from infra.addresses import GROUPS
from infra.checks import declared, names, values
from infra.checks.names import Members
from infra.problems import Problem, join, shown
from infra.seen import mapping
from infra.variables import GROUP_VARS, Layer


def problems(layer: Layer, document: object, members: Members | None) -> Iterator[Problem]:
    """What is wrong with the `document` that `layer` holds. `members`: host -> its groups, None where not known."""
    if document is not None and not isinstance(document, dict):
        fix = "write for example `service_memory_max: 1G`, a line for each"
        yield Problem(join(()), shown(document), "`variable: value` lines", fix)
        return
    if _nobodys(layer, members):
        fix = f"add {layer.name} to the groups of a host in the Footprint, or delete {layer.path}"
        yield Problem(join(()), "settings that reach nobody", f"a host in the group {layer.name}", fix)
        return
    variables = declared.read()
    read_otherwise = {problem.path: problem for problem in _read_otherwise(layer.path, document)}
    yield from read_otherwise.values()
    for name, value in mapping(document).items():
        if wrong := names.problem(name, layer, variables, members):
            yield wrong
        elif name in variables.variables:
            told = values.check(name, value, variables.variables[name].spec, name)
            yield from (problem for problem in told if problem.path not in read_otherwise)


def _nobodys(layer: Layer, members: Members | None) -> bool:
    if layer.of != GROUP_VARS or layer.name not in GROUPS or members is None:
        return False
    return not any(layer.name in groups for groups in members.values())


def _read_otherwise(path: Path, document: object) -> Iterator[Problem]:
    """Ansible reads YAML 1.1, in which `no`, 022 and 1:30 are no text: whoever wrote them meant something else."""
    try:
        theirs = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as reason:
        where, fix = str(reason).split("\n")[0][:80], "put what is meant as text in quotes"
        yield Problem(join(()), where, "YAML that Ansible reads too", fix)
        return
    stack: list[tuple[tuple[str | int, ...], object, object]] = [((), document, theirs)]
    while stack:
        steps, ours, other = stack.pop()
        if isinstance(ours, dict) and "<<" in ours:
            continue  # refused by its name
        if isinstance(ours, dict) and isinstance(other, dict) and len(ours) == len(other):
            pairs = zip(ours.items(), other.items(), strict=True)
            stack += [((*steps, key), one, two) for (key, one), (_, two) in pairs]
            pairs = zip(ours.items(), other.items(), strict=True)
            stack += [((*steps, key), key, twin) for (key, _), (twin, _) in pairs if key != twin]
        elif isinstance(ours, list) and isinstance(other, list) and len(ours) == len(other):
            stack += [((*steps, index), one, two) for index, (one, two) in enumerate(zip(ours, other, strict=True))]
        elif ours != other or type(ours) is not type(other):
            found = f"{shown(ours)}, which Ansible reads as {shown(other)}"
            fix = f"write {str(other).lower()} if you mean that, or put it in quotes"
            yield Problem(join(steps), found, "a value that every reader takes for the same", fix)
