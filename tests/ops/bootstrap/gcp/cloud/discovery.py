"""Holds a request against Google's own description of its APIs, which lies beside their client library.

What a description does not have is an error: a misspelt field would be passed over by nobody but Google.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, unquote

from ops.cloud.gcp.api import VERSIONS


class WrongError(Exception):
    """A request that is none of the API's, in words."""


@dataclass(frozen=True)
class Call:
    """A request understood. `id`: such as storage.buckets.get. `parameters`: those of path and query, by name."""

    id: str
    parameters: dict[str, Any]
    body: dict[str, Any]

    @property
    def changes(self) -> bool:
        """Whether it may change something; some of Google's questions are asked by POST."""
        last = self.id.rpartition(".")[2]
        return last not in ("get", "batchGet", "getIamPolicy", "getBillingInfo")


@functools.cache
def document(service: str, version: str = "") -> dict[str, Any]:
    """The description, of the version that ops/cloud/gcp/api.py asks where none is said."""
    files = resources.files("googleapiclient.discovery_cache.documents")
    found: dict[str, Any] = json.loads((files / f"{service}.{version or VERSIONS[service]}.json").read_text())
    return found


@functools.cache
def methods(service: str) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Each with the form of its path; first those that end in a verb, such as :getIamPolicy, as Google routes them."""
    whole = document(service)
    found = sorted(_methods(whole), key=lambda method: ":" not in method["path"])
    return [(_form(whole["servicePath"], method), method) for method in found]


def _methods(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("methods", {}).values()
    for each in part.get("resources", {}).values():
        yield from _methods(each)


def _form(root: str, method: dict[str, Any]) -> re.Pattern[str]:
    regex = re.escape(root)
    for text, name in re.findall(r"([^{]*)(?:\{\+?([A-Za-z]+)\})?", method["path"]):
        regex += re.escape(text)
        if name:
            pattern = method["parameters"][name].get("pattern", "^[^/]+$")
            regex += f"(?P<{name}>{pattern.removeprefix('^').removesuffix('$')})"
    return re.compile(regex)


def understood(service: str, verb: str, path: str, query: str, body: bytes) -> Call:
    """The call that this is. Raises WrongError for one that the description does not have."""
    for form, method in methods(service):
        if method["httpMethod"] == verb and (match := form.fullmatch(path)):
            parameters = {name: unquote(value) for name, value in match.groupdict().items()}
            parameters |= dict(_query(service, method, query))
            return Call(method["id"], parameters, _body(service, method, body))
    raise WrongError(f"{service} has no {verb} {path}")


def _query(service: str, method: dict[str, Any], query: str) -> Iterator[tuple[str, Any]]:
    known = document(service)["parameters"] | method.get("parameters", {})
    said = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query))
    for name, values in said.items():
        schema = known.get(name)
        if schema is None or schema.get("location") != "query":
            raise WrongError(f"{method['id']} has no parameter {name}")
        for value in values:
            for problem in _problems(service, schema, _typed(schema, value), name):
                raise WrongError(f"{method['id']}: {problem}")
        if len(values) > 1 and not schema.get("repeated"):
            raise WrongError(f"{method['id']}: {name} is said twice")
        yield name, values if schema.get("repeated") else values[0]
    for name, schema in method.get("parameters", {}).items():
        if schema.get("required") and schema["location"] == "query" and name not in said:
            raise WrongError(f"{method['id']} wants {name}")


def _typed(schema: dict[str, Any], value: str) -> Any:
    if schema["type"] == "integer":
        return int(value)
    return value == "true" if schema["type"] == "boolean" else value


def _body(service: str, method: dict[str, Any], body: bytes) -> dict[str, Any]:
    wanted = method.get("request")
    if wanted is None:
        if body:
            raise WrongError(f"{method['id']} takes no body, and got {body!r}")
        return {}
    said: dict[str, Any] = json.loads(body or b"{}")
    for problem in _problems(service, wanted, said, "body"):
        raise WrongError(f"{method['id']}: {problem}")
    return said


TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}
INT64 = re.compile(r"-?\d{1,19}")


def _problems(service: str, schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    """What is not as the schema has it: names, types, enumerations, patterns, and what only Google may say."""
    if schema.get("readOnly"):
        yield f"{where} is Google's to say"
        return
    if "$ref" in schema:
        schema = document(service)["schemas"][schema["$ref"]]
    kind = schema.get("type", "object")
    if kind == "any":
        return
    elif not isinstance(value, TYPES[kind]) or (kind in ("integer", "number") and isinstance(value, bool)):
        yield f"{where} is {value!r}, and no {kind}"
    elif kind == "object":
        for name, each in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if inner is None:
                yield f"{where} has no field {name}"
            else:
                yield from _problems(service, inner, each, f"{where}.{name}")
    elif kind == "array":
        for index, each in enumerate(value):
            yield from _problems(service, schema["items"], each, f"{where}[{index}]")
    elif kind == "string":
        yield from _text(schema, value, where)


def _text(schema: dict[str, Any], value: str, where: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}, and none of {schema['enum']}"
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        yield f"{where} is {value!r}, and not as {schema['pattern']}"
    if schema.get("format") in ("int64", "uint64") and not INT64.fullmatch(value):
        yield f"{where} is {value!r}, and no int64"
    if schema.get("format") == "google-duration" and not re.fullmatch(r"\d+(\.\d{1,9})?s", value):
        yield f"{where} is {value!r}, and no duration"
    if schema.get("format") == "google-datetime" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        yield f"{where} is {value!r}, and no time"
