"""AWS's patterns are Java's: the few constructs that Python lacks, in Python's words."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata


@functools.cache
def _members(category: str) -> str:
    """The ranges, for a bracket expression, of all characters in a general category."""
    inside = [unicodedata.category(chr(code)).startswith(category) for code in range(sys.maxunicode + 1)]
    edges = [code for code in range(len(inside)) if inside[code] != (code > 0 and inside[code - 1])]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(after - 1))}" for first, after in pairs)


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of botocore's model, to be matched against the whole value."""
    text = re.sub(r"\\p\{([LNZ])\}", lambda found: _members(found[1]), pattern)
    text = text.replace(r"\p{ASCII}", r"[\x00-\x7f]")
    # Java reads "\w-_" as two characters beside the class; Python takes the hyphen for a range.
    text = text.replace(r"\w-_", r"\w_-")
    if "(?i)" in text:
        text = "(?i)" + text.replace("(?i)", "")  # Java lets a flag begin anywhere
    return re.compile(text)


def matches(pattern: str, value: str) -> bool:
    return compiled(pattern).fullmatch(value) is not None
