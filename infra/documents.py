"""Reads YAML and JSON files written by people: small, plain, without surprises, and never slow to refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from infra import plainyaml
from infra.plainyaml import UnreadableError, duplicate, too_deep, too_many
from infra.problems import WHOLE_FILE, SettingsError

LARGEST_BYTES = 256 * 1024  # a Footprint of a hundred hosts has 40 KB
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def read(path: Path, error: type[SettingsError]) -> object:
    """The document in `path` (.json is JSON, all else YAML) as JSON types. Raises `error`."""
    try:
        text = _text(path)
        return _json(text) if path.suffix == ".json" else plainyaml.parse(text)
    except UnreadableError as refusal:
        raise error(path, [refusal.problem]) from None


def _text(path: Path) -> str:
    if not path.is_file():
        found = "something that is no regular file" if path.exists() else "no such file"
        fix = "check the path; stacks/onprem/footprint.yml is an example"
        raise UnreadableError(WHOLE_FILE, found, "a YAML or JSON file", fix)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as reason:
        fix = f"run `ls -l {path}` and correct its owner or mode"
        raise UnreadableError(WHOLE_FILE, f"an error: {reason.strerror}", "a readable file", fix) from None
    if len(data) > LARGEST_BYTES:
        found, fix = f"{path.stat().st_size} bytes", "remove what does not belong here, such as data"
        raise UnreadableError(WHOLE_FILE, found, f"at most {LARGEST_BYTES} bytes", fix)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = data[: reason.start].count(b"\n") + 1
        found, fix = f"the byte 0x{data[reason.start]:02x}", "save the file as UTF-8 in your editor"
        raise UnreadableError(f"line {line}", found, "text in UTF-8", fix) from None
    if character := CONTROL.search(text):
        line = text.count("\n", 0, character.start()) + 1
        found = f"the control character U+{ord(character.group()):04X}"
        fix = "delete that character and type the line again"
        raise UnreadableError(f"line {line}", found, "printable text", fix)
    return text


def _json(text: str) -> object:
    try:
        document: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as reason:
        where, fix = (
            f"line {reason.lineno}, column {reason.colno}",
            "correct the file there, or write it again",
        )
        raise UnreadableError(where, reason.msg, "valid JSON", fix) from None
    except RecursionError:
        raise too_deep() from None
    except ValueError as reason:  # an integer of thousands of digits
        raise UnreadableError(WHOLE_FILE, str(reason)[:80], "ordinary numbers", "shorten the number") from None
    _measure(document)
    return document


def _measure(document: object) -> None:
    depth, nodes, level = 0, 0, [document]
    while level:
        depth, nodes = depth + 1, nodes + len(level)
        if depth > plainyaml.DEEPEST:
            raise too_deep()
        if nodes > plainyaml.MOST_NODES:
            raise too_many()
        level = [child for node in level for child in _children(node)]


def _children(node: object) -> Iterable[object]:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        raise duplicate(next(key for key in mapping if keys.count(key) > 1))
    return mapping


def _no_constant(name: str) -> NoReturn:
    raise UnreadableError(WHOLE_FILE, name, "valid JSON", f"replace {name} by a number")
