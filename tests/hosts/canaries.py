"""What of an environment's secrets must be nowhere: each as it is, and in the encodings that logs and files have.

Every secret is generated, so that each is its own canary: what is found says which one leaked.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

from ops import vault
from tests.hosts.site import Site

NO_SECRETS = ("access", "created", "revoked")  # a user name, and times
LEAST = 16  # characters: less could be anywhere by chance


def encodings(text: str) -> dict[str, str]:
    """`as it is`, and each encoding that differs. Base64 at all three places that it can have in a larger text."""
    raw = text.encode()
    found = {"as it is": text, "hex": raw.hex(), "a URL": quote(text, safe=""), "a form": quote_plus(text)}
    for before, cut in ((0, 0), (1, 2), (2, 3)):
        code = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        found[f"base64 after {before}"] = code[cut:-2]
        found[f"base64 for URLs after {before}"] = code[cut:-2].replace("+", "-").replace("/", "_")
    found["JSON"] = json.dumps(text)[1:-1]
    return {name: needle for name, needle in found.items() if name == "as it is" or needle != text}


def secrets(variables: dict[str, Any]) -> dict[str, str]:
    """Name -> value, of all that a vault holds."""
    found: dict[str, str] = {}

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in NO_SECRETS:
                    walk(f"{name}.{key}", inner)
        elif name != "vault_ca_certificate":
            text = str(value).strip()
            # Of a PEM a line near its end: the first ones are alike in all keys of a kind.
            found[name] = text.splitlines()[-3] if text.startswith("-----") else text

    for name, value in variables.items():
        walk(name, value)
    short = [name for name, text in found.items() if len(text) < LEAST]
    assert not short, f"too short to be looked for, or no secret at all: {short}"
    assert len(set(found.values())) == len(found), "two secrets are the same, so a hit would not say which"
    return found


def needles(values: dict[str, str]) -> dict[str, str]:
    """`name as it is`, `name in hex` and so on -> what to look for."""
    return {f"{name}, {how}": text for name, value in values.items() for how, text in encodings(value).items()}


def of_site(site: Site) -> dict[str, str]:
    """Every secret of the vault, and the vault's own key."""
    key = vault.key()
    values = secrets(vault.read(site.environment.vault, key))
    assert len(values) >= 8, f"the vault was not read: {sorted(values)}"
    return values | {"the vault's key": key.decode()}


def hits(looked_for: dict[str, str], text: str) -> list[str]:
    return [name for name, needle in looked_for.items() if needle in text]
