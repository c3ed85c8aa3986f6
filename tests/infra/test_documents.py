"""Files that are no document at all: refused at once, by line, before anything looks at their content."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml

from infra import documents
from infra.problems import FootprintError, SettingsError

BOMB = "\n".join(
    ["a: &a [x, x]", *(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20))]
)

YAML = {
    "tab": ("a:\n\tb: 1", "line 2, column 1", "spaces, never with tabs"),
    "key twice": ("a: 1\nb: 2\na: 3", "line 3", "delete one, or merge the two"),
    "key twice, deep": ("hosts:\n- ssh: {port: 1, port: 2}", "hosts[0].ssh, line 2", "delete one"),
    "never closed": ("a: [1, 2", "line 2", "correct that line"),
    "two documents": ("a: 1\n---\nb: 2", "line 2", "correct that line"),
    "brackets without end": ("[" * 200_000, "(the whole file)", "remove the nesting"),
    "braces without end": ("{a: " * 60_000, "(the whole file)", "remove the nesting"),
    "dashes without end": ("- " * 120_000, "(the whole file)", "remove the nesting"),
    "aliases that multiply": (BOMB, "(the whole file)", "aliases that multiply"),
    "alias to itself": ("a: &a [*a]", "(the whole file)", "remove the nesting"),
    "too many values": ("a: [" + "1," * 30_000 + "]", "(the whole file)", "remove what does not belong here"),
    "alias to nothing": ("a: *b", "line 1, column 4", "correct that line"),
    "tag of Python": ("a: !!python/object/apply:os.system [id]", "line 1, column 4", "correct that line"),
    "tag of the vault": ("a: !vault abc", "line 1, column 4", "correct that line"),
    "integer as key": ("a: {1: 2}", "a, line 1", "plain word"),
    "list as key": ("? [a, b]\n: c", "line 1", "plain word"),
    "control character": ("a: 1\nb: \x1b[31m", "line 2", "delete that character"),
    "separator of lines": ("a: b\u2028c", "line 1", "delete that character"),
    "too large": ("a: " + "x" * 1_000_000, "(the whole file)", "remove what does not belong here"),
}
JSON = {
    "not JSON": ("{'a': 1}", "line 1, column 2", "write it again"),
    "key twice": ('{"a": 1, "a": 2}', "(the whole file)", "delete one"),
    "not a number": ('{"a": NaN}', "(the whole file)", "replace NaN"),
    "endless number": ('{"a": ' + "9" * 5000 + "}", "(the whole file)", "shorten"),
    "brackets without end": ("[" * 100_000, "(the whole file)", "remove the nesting"),
    "brackets with an end": ("[" * 50 + "]" * 50, "(the whole file)", "remove the nesting"),
    "too many values": ("[" + "1," * 30_000 + "1]", "(the whole file)", "remove what does not belong here"),
    "empty": ("", "line 1, column 1", "write it again"),
}
CASES = {
    f"{form}: {name}": (form, *case) for form, cases in (("yml", YAML), ("json", JSON)) for name, case in cases.items()
}


def refused(path: Path) -> SettingsError:
    start = time.process_time()
    with pytest.raises(FootprintError) as caught:
        documents.read(path, FootprintError)
    assert time.process_time() - start < 2, "an error must not take long"
    return caught.value


@pytest.mark.parametrize(("form", "text", "path", "fix"), CASES.values(), ids=CASES)
def test_it_is_refused_by_place_and_fix(form: str, text: str, path: str, fix: str, tmp_path: Path) -> None:
    file = tmp_path / f"footprint.{form}"
    file.write_text(text, encoding="utf-8")
    error = refused(file)
    (problem,) = error.problems
    assert path in problem.path
    assert fix in problem.fix
    assert str(file) in str(error)
    assert len(str(error)) < 1000, "a bomb is not repeated in its error"


def test_what_is_not_utf8_is_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "footprint.yml"
    file.write_bytes(b"a: 1\nb: M\xfcnchen\n")
    (problem,) = refused(file).problems
    assert (problem.path, problem.found) == ("line 2", "the byte 0xfc")


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
def test_what_is_no_file_is_refused_without_waiting(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "footprint.yml"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    (problem,) = refused(path).problems
    assert problem.expected == "a YAML or JSON file"


def test_plain_words_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "footprint.yml"
    file.write_text("{a: no, b: on, c: 022, d: 1:30, e: 2026-01-31, f: true, g: 12, h: ~, i: 0x10, j: 17.10, k: =}")
    assert documents.read(file, FootprintError) == {
        **{"a": "no", "b": "on", "c": "022", "d": "1:30", "e": "2026-01-31", "f": True, "g": 12, "h": None},
        **{"i": "0x10", "j": 17.1, "k": "="},
    }, "nothing turns into something else behind the writer's back"


def test_byte_order_mark_and_modest_aliases_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "footprint.yml"
    file.write_bytes(b"\xef\xbb\xbfa: &a [x]\nb: *a\n")
    assert documents.read(file, FootprintError) == {"a": ["x"], "b": ["x"]}


def test_the_loader_is_ours_alone() -> None:
    assert yaml.safe_load("a: no") == {"a": False}, "Ansible shares this yaml module; its loaders are left alone"
