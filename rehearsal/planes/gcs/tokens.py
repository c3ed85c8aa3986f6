"""Tokens as Google gives them: for an assertion that a service account signed, and narrowed to a part of a bucket.

They lie in a directory, a file for each, so that each server of a rehearsal takes those of the others.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.auth import exceptions, jwt

from ops import files

GOOGLES = "https://oauth2.googleapis.com/token"
"""The audience that google-auth signs for, whatever a key's `token_uri` is."""
SECONDS = 3600  # that a token is good for, as at Google
# A boundary's condition in the one form that ops/build writes.
WITHIN = re.compile(r"resource\.name\.startsWith\('projects/_/buckets/([^/']+)/objects/([^']*)'\)")
BUCKET = "//storage.googleapis.com/projects/_/buckets/"
ROLE = "inRole:"


@dataclass(frozen=True)
class Held:
    """Whose token it is, as IAM names members; `role`, `bucket`, `prefix`: what it is narrowed to, or ''."""

    member: str
    role: str = ""
    bucket: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Tokens:
    """`directory`, its owner's alone, has accounts.json: {e-mail: its public key, PEM}."""

    directory: Path

    def signed(self, assertion: str, audience: str) -> str | None:
        """A token for a JWT (RFC 7523) of one of the accounts; None for one that nobody signed, or is old."""
        accounts: dict[str, str] = json.loads((self.directory / "accounts.json").read_text())
        try:
            email = str(jwt.decode(assertion, verify=False).get("iss"))
            jwt.decode(assertion, certs=accounts[email], audience=[audience, GOOGLES])
        except (ValueError, KeyError, exceptions.GoogleAuthError):
            return None
        return self.give(Held(f"serviceAccount:{email}"))

    def narrowed(self, token: str, options: str) -> str | None:
        """A token that may do less (cloud.google.com/iam/docs/downscoping-short-lived-credentials); None if refused.

        options: {accessBoundary: {accessBoundaryRules: [one]}}, JSON.
        """
        held = self.of(token)
        try:
            (rule,) = json.loads(options)["accessBoundary"]["accessBoundaryRules"]
            (role,) = rule["availablePermissions"]
            within = WITHIN.fullmatch(rule["availabilityCondition"]["expression"])
        except (ValueError, KeyError, TypeError):
            return None
        if held is None or held.role or within is None or rule["availableResource"] != f"{BUCKET}{within[1]}":
            return None
        return self.give(Held(held.member, role.removeprefix(ROLE), within[1], within[2]))

    def give(self, held: Held) -> str:
        """A new token."""
        token = f"ya29.{secrets.token_urlsafe(48)}"
        known = {**held.__dict__, "until": time.time() + SECONDS}
        files.write(self._file(token), json.dumps(known), 0o600)
        return token

    def of(self, token: str) -> Held | None:
        """Whose it is; None for one that nobody gave, or is old."""
        path = self._file(token)
        if not path.is_file():
            return None
        known: Mapping[str, Any] = json.loads(path.read_text())
        if known["until"] < time.time():
            path.unlink(missing_ok=True)
            return None
        return Held(known["member"], known["role"], known["bucket"], known["prefix"])

    def _file(self, token: str) -> Path:
        """By its digest: a token is in no name of a file."""
        return self.directory / "tokens" / hashlib.sha256(token.encode()).hexdigest()
