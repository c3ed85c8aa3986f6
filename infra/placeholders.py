"""Finds what was never filled in: markers, and values that exist only in documentation."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from infra.problems import Problem, Step, join, shown

MARKER = re.compile(r"<[^<>]*>|\.\.\.|\u2026")
WORD = re.compile(
    r"\b(?:change[-_ ]?me|fill[-_ ]?(?:me[-_ ]?)?in|replace[-_ ]?me|todo|fixme|placeholder)\b", re.IGNORECASE
)
DOMAIN = re.compile(r"(?:^|[.@/])example\.(?:com|net|org)\b|\.example(?:$|[:/])")
NETWORKS = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
OPAQUE = ("host_keys", "ca_pem")  # base64 can spell any word, so only markers count there


def placeholders(document: object, path: tuple[Step, ...] = ()) -> Iterator[Problem]:
    """A problem for every text in a document of JSON types that still waits for its value."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from placeholders(value, (*path, str(key)))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from placeholders(value, (*path, index))
    elif isinstance(document, str) and (kind := _kind(document, any(step in OPAQUE for step in path))):
        fix = "replace it by the real one of this environment; stacks/onprem/footprint.yml explains each"
        yield Problem(join(path), f"{kind} {shown(document)}", "a value of your own", fix)


def _kind(text: str, opaque: bool) -> str:
    if MARKER.search(text) or (not opaque and WORD.search(text)):
        return "the placeholder"
    if not opaque and (DOMAIN.search(text.lower()) or _documented(text)):
        return "the example value"
    return ""


def _documented(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return any(network.version == own.version and network.subnet_of(own) for own in NETWORKS)  # type: ignore[arg-type]  # one version on both sides
