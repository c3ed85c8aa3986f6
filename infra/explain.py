"""Turns pydantic's errors into problems: key paths as in the file, the schema's own words, and a fix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from infra.problems import MOST_SHOWN, Problem, Step, join, nearest, shown

Schema = Mapping[str, Any]
TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a mapping of `key: value` lines",
    "model_attributes_type": "a mapping of `key: value` lines",
}
SECRETIVE = {"secret", "credentials", "ca_pem"}


@dataclass(frozen=True)
class About:
    """What the JSON schema says about a place; `keys` are all that may stand beside it."""

    description: str = ""
    example: object = None
    choices: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def sample(self, key: Step) -> str:
        """A line to write, such as `port: 22`."""
        example = self.example if self.example is not None else self.choices[0] if self.choices else None
        value = "<value>" if example is None else example if isinstance(example, str) else json.dumps(example)
        return f"`{key}: {value}`" if isinstance(key, str) else f"`{value}`"

    def expected(self) -> str:
        """What belongs there, in words."""
        return f"one of {', '.join(self.choices)}" if self.choices else self.description or "a value"


def explain(error: ValidationError, document: object, schema: Schema) -> list[Problem]:
    """One problem per error. Contradictions between fields are left to the rules."""
    details = [dict(one) for one in error.errors(include_url=False)[: MOST_SHOWN + 1]]
    return [_problem(one, document, schema) for one in details if one["loc"] or one["type"] != "settings"]


def without(problems: Iterable[Problem], paths: set[str]) -> list[Problem]:
    """The problems that stand elsewhere than at `paths`."""
    return [problem for problem in problems if problem.path not in paths]


def _problem(error: dict[str, Any], document: object, schema: Schema) -> Problem:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    steps = _steps(error["loc"], document, missing=kind == "missing")
    if kind == "union_tag_invalid":
        steps, kind, value = [*steps, "kind"], "literal_error", context["tag"]
    elif kind == "union_tag_not_found":
        steps, kind = ([*steps, "kind"], "missing") if isinstance(value, Mapping) else (steps, "model_type")
    about = _about(schema, document, steps)
    key: Step = steps[-1] if steps else 0
    hidden = bool(context.get("hidden")) or (isinstance(value, str) and not SECRETIVE.isdisjoint(map(str, steps)))
    found, expected, fix = shown(value, hidden), about.expected(), f"write for example {about.sample(key)}"
    if kind == "settings":
        expected, fix = context["expected"], context["fix"]
    elif kind == "missing":
        found, fix = "nothing", f"add {about.sample(key)}" + (f" to {join(steps[:-1])}" if steps[:-1] else "")
    elif kind == "too_long":
        expected, fix = f"at most {context['max_length']} entries", "remove what does not belong here"
    elif kind == "extra_forbidden":
        meant = nearest(str(key), about.keys)
        found, expected = f"the unknown key `{key}`", f"only the keys {', '.join(about.keys)}"
        fix = f"did you mean `{meant}`? Rename it, or delete it" if meant else "delete it"
    elif meant := nearest(str(value), about.choices):
        fix = f"did you mean `{meant}`? Write that"
    elif kind in TYPES:
        expected = f"{expected} ({TYPES[kind]})"
        if kind == "string_type" and isinstance(value, int | float):
            fix = f"put it in quotes, or {fix}"
        if kind.startswith("model") and not steps:
            fix = "start from stacks/onprem/footprint.yml"
    return Problem(join(steps), found, expected, fix)


def _steps(loc: Iterable[Step], document: object, missing: bool) -> list[Step]:
    """The error's place as the file has it: pydantic's also holds the tags of unions, which are no keys."""
    steps: list[Step] = []
    parts, node = list(loc), document
    for number, part in enumerate(parts):
        inner = node if isinstance(node, Mapping) else dict(enumerate(node)) if isinstance(node, list) else {}
        if part in inner:
            steps.append(part)
            node = inner[part]
        elif missing and number == len(parts) - 1:
            steps.append(part)
    return steps


def _about(schema: Schema, document: object, steps: Iterable[Step]) -> About:
    """Follows `steps` through the schema. An entry without words of its own has those of its list."""
    nodes, node = [schema], document
    named = ", ".join(schema.get("properties", {}))
    about = About(f"a mapping with {named}" if named else schema["description"], schema.get("examples", [None])[0])
    for step in steps:
        inside = [one for outer in nodes for one in _variants(outer, schema, node)]
        if isinstance(step, int):
            nodes = [one["items"] for one in inside if "items" in one]
            node = node[step] if isinstance(node, list) and step < len(node) else None
        else:
            keys = dict.fromkeys(key for one in inside for key in one.get("properties", {}))
            about = About(keys=tuple(keys))
            nodes = [one["properties"][step] for one in inside if step in one.get("properties", {})]
            node = node.get(step) if isinstance(node, Mapping) else None
        whole = [*nodes, *(one for outer in nodes for one in _variants(outer, schema, None))]
        choices = dict.fromkeys(str(value) for one in whole for value in _choices(one))
        descriptions = [one["description"] for one in whole if "description" in one]
        examples = [one["examples"][0] for one in whole if "examples" in one]
        about = About(
            descriptions[0] if descriptions else about.description,
            examples[0] if examples else None,
            tuple(choices),
            about.keys,
        )
    return about


def _choices(node: Schema) -> list[object]:
    return [node["const"]] if "const" in node else list(node.get("enum", []))


def _variants(node: Schema, schema: Schema, value: object) -> Iterator[Schema]:
    """The node with references followed and unions taken apart; of a union by `kind`, what `value` is of."""
    if "$ref" in node:
        yield from _variants(schema["$defs"][node["$ref"].rsplit("/", 1)[1]], schema, value)
        return
    members = [
        one for part in ("anyOf", "oneOf") for outer in node.get(part, []) for one in _variants(outer, schema, value)
    ]
    if isinstance(value, Mapping):
        kinds = [(one, _choices(one.get("properties", {}).get("kind", {}))) for one in members]
        members = [one for one, kind in kinds if value.get("kind") in kind] or members
    yield from members or [node]
