"""The kinds of forms that the table in forms.py is made of: numbers, texts, lists and sizes within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class Form:
    """`expected` in words, an `example` that fits, and whether a value of the right type does (`among` few)."""

    expected: str
    example: Any
    fits: Callable[[Any], bool]
    among: Callable[[], Sequence[str]] | None = None


def number(low: int, high: int, unit: str = "") -> Form:
    """A whole number within bounds; the lowest is the example."""
    words = f"a whole number from {low} to {high}{f' ({unit})' if unit else ''}"
    return Form(words, low, lambda value: isinstance(value, int) and low <= value <= high)


def text(pattern: str, expected: str, example: str) -> Form:
    """A text that as a whole matches."""
    regex = re.compile(pattern)
    return Form(expected, example, lambda value: isinstance(value, str) and bool(regex.fullmatch(value)))


def named(names: Callable[[], Sequence[str]], expected: str, example: str) -> Form:
    """One of these names, which are read when they are needed."""
    return Form(expected, example, lambda value: value in names(), names)


def few(low: int, high: int, expected: str, example: Any, key: str = "") -> Form:
    """A list of `low` to `high` entries, none twice (by their `key`)."""

    def fits(value: Any) -> bool:
        marks = [str(item.get(key) if key and isinstance(item, dict) else item) for item in value]
        return low <= len(marks) <= high and len(set(marks)) == len(marks)

    return Form(f"{expected}: {low} to {high}, none twice", example, fits)


def size(low: str, high: str, units: str, whose: str, example: str) -> Form:
    """A number with a unit such as 500M, within bounds."""
    return Form(
        f"a size in {whose} notation from {low} to {high}",
        example,
        lambda value: bool(re.fullmatch(units, str(value))) and octets(low) <= octets(value) <= octets(high),
    )


def either(one: Form, other: Form) -> Form:
    """What is of one form or of the other."""
    expected = f"{one.expected}, or {other.expected}"
    return Form(expected, one.example, lambda value: one.fits(value) or other.fits(value))


def octets(value: str) -> int:
    """500M, 256MB, 8GiB or 1g -> bytes. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,12})([kmgt]?)i?b?", value.strip().lower())
    if not found:
        raise ValueError(value)
    return int(found[1]) * UNITS[found[2]]


def seconds(low: int, high: int) -> Form:
    """A time as PostgreSQL writes it, within bounds in seconds."""
    units = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}

    def fits(value: str) -> bool:
        found = re.fullmatch(r"([1-9][0-9]{0,8})(ms|s|min|h)", value)
        return found is not None and low <= int(found[1]) * units[found[2]] <= high

    return Form(f"a time with its unit (ms, s, min or h), {low} to {high} seconds", "60s", fits)
