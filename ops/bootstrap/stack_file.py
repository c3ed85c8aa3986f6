"""Writes into stacks/Pulumi.<environment>.yaml where its state is, as lines among the others: comments stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import documents, files, plainyaml
from infra.problems import SettingsError
from infra.seen import mapping
from ops.bootstrap.change import Change
from ops.errors import OperationError

PROVIDER, BACKEND, CONFIG = "secretsprovider", "shoestring:backend", "config"


def changes(path: Path, lines: Mapping[str, str]) -> Iterator[Change]:
    """The ones of `lines` (key -> value) that the file lacks; `secretsprovider` is Pulumi's, the others are settings.

    Raises OperationError if the file names another state, which must not be forgotten.
    """
    lacking = _lacking(path, lines)
    if lacking:
        text = inserted(path, lacking)
        mode = path.stat().st_mode & 0o7777
        yield Change(f"{' and '.join(lacking)} in {path}", lambda: files.write(path, text.encode("utf-8"), mode))


def _lacking(path: Path, lines: Mapping[str, str]) -> dict[str, str]:
    document = mapping(documents.read(path, SettingsError))
    config = mapping(document.get(CONFIG))
    there = {key: (document if key == PROVIDER else config).get(key) for key in lines}
    for key, value in lines.items():
        if there[key] not in (None, value):
            raise OperationError(
                f"{path}: `{key}` is {there[key]}, and here it would be {value}.",
                "Nothing was changed: a stack whose state lies there would be lost from sight.",
                "If the environment exists: log in to the account that has it. If it never did: delete that line"
                + (" and `encryptedkey`" if key == PROVIDER else "")
                + ", and run this again.",
            )
    return {key: value for key, value in lines.items() if there[key] is None}


def inserted(path: Path, lines: Mapping[str, str]) -> str:
    """The file's text with `lines` (key -> value) in it. Raises OperationError if it can't be done in this way."""
    before = path.read_bytes().decode("utf-8")
    end = "\r\n" if "\r\n" in before else "\n"
    rows = before.splitlines(keepends=True)
    top = next((index for index, row in enumerate(rows) if re.match(rf"{CONFIG}:\s*(#.*)?$", row)), None)
    if top is not None:
        first = next((row for row in rows[top + 1 :] if re.match(r"\s+[^\s#]", row)), "  x")
        indent = first[: len(first) - len(first.lstrip())]
        region = re.compile(rf"{indent}\w+:region:")
        after = 1 + next((index for index, row in enumerate(rows) if region.match(row)), top)
        rows[after:after] = [f"{indent}{key}: {value}{end}" for key, value in lines.items() if key != PROVIDER]
        if PROVIDER in lines:
            rows.insert(top, f"{PROVIDER}: {lines[PROVIDER]}{end}")
    text = "".join(rows)
    if _plain(text) != _expected(before, lines):
        by_hand = [
            f"{key}: {value}" if key == PROVIDER else f"{CONFIG}: {key}: {value}" for key, value in lines.items()
        ]
        raise OperationError(
            f"{path} is written in a form that no line can be added to.",
            "Nothing was changed.",
            "Write `config:` on a line of its own and the settings below it, or add by hand:\n" + "\n".join(by_hand),
        )
    return text


def _plain(text: str) -> object:
    try:
        return plainyaml.parse(text.removeprefix("\ufeff"))
    except plainyaml.UnreadableError:
        return None


def _expected(text: str, lines: Mapping[str, str]) -> dict[str, Any]:
    document = dict(mapping(_plain(text)))
    config = dict(mapping(document.get(CONFIG)))
    config |= {key: value for key, value in lines.items() if key != PROVIDER}
    if PROVIDER in lines:
        document[PROVIDER] = lines[PROVIDER]
    return document | {CONFIG: config}
