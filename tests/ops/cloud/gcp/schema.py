"""Google's discovery documents, as googleapiclient brings them: which calls there are, and what they say and answer."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from googleapiclient import discovery_cache

from ops.cloud.gcp.api import VERSIONS

SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@functools.cache
def document(service: str) -> dict[str, Any]:
    """A service's, in the version that ops asks."""
    text = discovery_cache.get_static_doc(service, VERSIONS[service])
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True)
class Method:
    """`id`: compute.instances.get. `said`: what the document says of it."""

    service: str
    id: str
    said: Mapping[str, Any]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Of its path below the service's own; each parameter of the path is a group."""
        text = re.escape(self.said["path"]).replace(r"\{", "{").replace(r"\}", "}").replace(r"\+", "+")
        return re.compile(re.sub(r"\{(\+?)(\w+)\}", lambda m: f"(?P<{m[2]}>{'.+?' if m[1] else '[^/]+'})", text))

    def faults(self, said: Mapping[str, str], body: Any) -> Iterator[str]:
        """What is wrong with a request: its parameters, which are strings, and its body."""
        known = self.said.get("parameters", {}) | document(self.service)["parameters"]
        for name, value in said.items():
            if name not in known:
                yield f"{self.id} has no parameter {name}"
            else:
                yield from _parameter(f"{self.id}: {name}", known[name], value)
        missing = [name for name, one in known.items() if one.get("required") and name not in said]
        yield from (f"{self.id} wants {name}" for name in missing)
        if "request" in self.said:
            yield from faults(self.service, self.said["request"], body, f"{self.id} request")
        elif body is not None:
            yield f"{self.id} takes no body"


@functools.cache
def methods(service: str) -> tuple[Method, ...]:
    """All that a service can be asked."""
    return tuple(_methods(service, document(service)))


def _methods(service: str, part: Mapping[str, Any]) -> Iterator[Method]:
    for said in part.get("methods", {}).values():
        yield Method(service, said["id"], said)
    for inner in part.get("resources", {}).values():
        yield from _methods(service, inner)


def method(name: str) -> Method:
    """By its id; LookupError if Google has none of that name."""
    service = name.partition(".")[0]
    try:
        return next(one for one in methods({"sql": "sqladmin"}.get(service, service)) if one.id == name)
    except StopIteration:
        raise LookupError(f"Google has no method {name}") from None


def route(service: str, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method that a request calls, and the parameters of its path."""
    for one in methods(service):
        if one.said["httpMethod"] == verb and (found := one.pattern.fullmatch(path)):
            inside = {name: unquote(value) for name, value in found.groupdict().items()}
            if not any(_parameter(name, one.said["parameters"][name], value) for name, value in inside.items()):
                return one, inside
    return None


def _parameter(where: str, said: Mapping[str, Any], value: str) -> list[str]:
    if "enum" in said and value not in said["enum"]:
        return [f"{where}: {value!r} is none of {said['enum']}"]
    if "pattern" in said and not re.search(f"^(?:{said['pattern']})$", value):
        return [f"{where}: {value!r} is not like {said['pattern']}"]
    if said["type"] == "boolean" and value not in ("true", "false"):
        return [f"{where}: {value!r} is no boolean"]
    if said["type"] == "integer" and not value.isdigit():
        return [f"{where}: {value!r} is no number"]
    return []


def faults(service: str, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    """What a value of JSON has that its schema does not know."""
    if "$ref" in schema:
        schema = document(service)["schemas"][schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object":
        yield from _of_object(service, schema, value, where)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
            return
        for number, one in enumerate(value):
            yield from faults(service, schema["items"], one, f"{where}[{number}]")
    elif kind in SCALARS:
        wrong = not isinstance(value, SCALARS[kind]) or (kind != "boolean" and isinstance(value, bool))
        if wrong:
            yield f"{where}: {value!r} is no {kind}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"


def _of_object(service: str, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, one in value.items():
        if name not in known and others is None:
            yield f"{where}: there is no field {name}"
        else:
            yield from faults(service, known.get(name, others), one, f"{where}.{name}")
