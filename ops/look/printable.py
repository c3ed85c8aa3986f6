"""Text that others wrote, for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """What would move the cursor, colour or hide something becomes its escape: a log may hold what a client sent."""
    return "".join(each if each.isprintable() or each == "\t" else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
