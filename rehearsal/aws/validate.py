"""What AWS's own service model says of a call and botocore does not check: enumerations, patterns, the upper limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.aws import patterns

Broken = tuple[str, str]
"""The path in the parameters, and the rule."""
NUMBERS = ("integer", "long", "float", "double")


def broken(shape: Any, value: Any, path: str = "") -> Iterator[Broken]:
    """The rules of botocore's `shape` that a value breaks. Types and required members are botocore's to check."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, inner in value.items():
            if name in shape.members and inner is not None:
                yield from broken(shape.members[name], inner, f"{path}.{name}" if path else name)
    elif kind == "map" and isinstance(value, dict):
        yield from _size(shape, len(value), path, "entries")
        for key, inner in value.items():
            yield from broken(shape.key, key, f"{path}({key})")
            yield from broken(shape.value, inner, f"{path}.{key}")
    elif kind == "list" and isinstance(value, list | tuple):
        yield from _size(shape, len(value), path, "items")
        for index, inner in enumerate(value):
            yield from broken(shape.member, inner, f"{path}[{index}]")
    elif kind == "string" and isinstance(value, str):
        yield from _text(shape, value, path)
    elif kind == "blob" and isinstance(value, bytes | str):
        yield from _size(shape, len(value), path, "bytes")
    elif kind in NUMBERS and isinstance(value, int | float):
        yield from _size(shape, value, path, "")


def _text(shape: Any, value: str, path: str) -> Iterator[Broken]:
    yield from _size(shape, len(value), path, "characters")
    if shape.enum and value not in shape.enum:
        shown = ", ".join(shape.enum[:8]) + (", ..." if len(shape.enum) > 8 else "")
        yield path, f"{value!r} is none of {shown}"
    pattern = shape.metadata.get("pattern")
    if pattern and not patterns.matches(pattern, value):
        yield path, f"{value!r} does not match {pattern}"


def _size(shape: Any, size: float, path: str, unit: str) -> Iterator[Broken]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield path, f"{size} {unit}".rstrip() + f" is less than {least}"
    if most is not None and size > most:
        yield path, f"{size} {unit}".rstrip() + f" is more than {most}"
