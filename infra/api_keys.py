"""The forms that `vault_api_keys` has: name -> the key alone, or name -> {key, created, revoked?}."""

from __future__ import annotations

import re
from typing import Any

VARIABLE = "vault_api_keys"
OWN = "default"  # made with the vault; `status` and `verify` ask with it while it is there
FORM = re.compile(r"[A-Za-z0-9_-]{32,256}")


def formed(entry: Any) -> bool:
    """Whether an entry of the vault has one of the forms."""
    if isinstance(entry, dict) and ("key" not in entry or set(entry) - {"key", "created", "revoked"}):
        return False
    return isinstance(entry, str | dict) and FORM.fullmatch(key(entry)) is not None


def key(entry: Any) -> str:
    """The key of an entry."""
    return str(entry.get("key", "") if isinstance(entry, dict) else entry)


def valid(entries: Any) -> dict[str, str]:
    """Name -> key of those that the proxy is to take; `revoked` marks one that is on its way out."""
    if not isinstance(entries, dict):
        return {}
    kept = {name: entry for name, entry in entries.items() if not (isinstance(entry, dict) and "revoked" in entry)}
    return {name: found for name, entry in kept.items() if (found := key(entry))}


def own(entries: Any) -> str | None:
    """The name of the key that Shoestring itself asks with; None if there is no key."""
    names = valid(entries)
    return OWN if OWN in names else next(iter(names), None)
