"""As much of Google's Common Expression Language as our conditions use; what is not known here is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Given = Mapping[str, Any]
Test = Callable[[Given], bool]

TEXT = r"""(?:"(?P<{0}d>[^"]*)"|'(?P<{0}s>[^']*)')"""
NAME = r"(?P<name>(?:resource|assertion|destination)\.\w+)"
ATOM = re.compile(
    NAME
    + rf"(?:\.extract\({TEXT.format('e')}\))?"
    + rf"(?:\.startsWith\({TEXT.format('p')}\)|\s*==\s*(?:{TEXT.format('v')}|(?P<number>\d+)))"
)


def parse(expression: str) -> Test:
    """The expression as a test of attributes such as resource.name; AND binds before OR."""
    test, rest = _either(expression.strip())
    if rest:
        raise AssertionError(f"not understood: {rest}")
    return test


def holds(expression: str, given: Given) -> bool:
    return parse(expression)(given)


def _either(text: str) -> tuple[Test, str]:
    first, text = _both(text)
    tests = [first]
    while text.startswith("||"):
        following, text = _both(text[2:].lstrip())
        tests.append(following)
    return lambda given: any(test(given) for test in tests), text


def _both(text: str) -> tuple[Test, str]:
    first, text = _one(text)
    tests = [first]
    while text.startswith("&&"):
        following, text = _one(text[2:].lstrip())
        tests.append(following)
    return lambda given: all(test(given) for test in tests), text


def _one(text: str) -> tuple[Test, str]:
    if text.startswith("("):
        test, rest = _either(text[1:].lstrip())
        assert rest.startswith(")"), f"not closed: {text}"
        return test, rest[1:].lstrip()
    match = ATOM.match(text)
    assert match, f"not understood: {text}"
    return _atom(match), text[match.end() :].lstrip()


def _atom(match: re.Match[str]) -> Test:
    def said(group: str) -> str | None:
        found = match[f"{group}d"]
        return match[f"{group}s"] if found is None else found

    template, prefix, value, number = said("e"), said("p"), said("v"), match["number"]

    def test(given: Given) -> bool:
        found = given.get(match["name"])
        if found is None:
            return False  # an attribute that the service does not tell: the grant does not hold
        if number is not None:
            return bool(found == int(number))
        text = str(found) if template is None else _extract(str(found), template)
        return text.startswith(prefix) if prefix is not None else text == value

    return test


def _extract(text: str, template: str) -> str:
    """What stands between the first `before` and the next `after`; nothing where these are not there."""
    before, _, rest = template.partition("{")
    after = rest.partition("}")[2]
    start = text.find(before)
    if start < 0:
        return ""
    found = text[start + len(before) :]
    if not after:
        return found
    return found.partition(after)[0] if after in found else ""
