"""How far a rotation has come, kept in the vault beside what it changes: whatever ends a run, the next one goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ops import vault
from ops.environment import Environment
from ops.secrets import ensure_vault

VARIABLE = "vault_rotating"


@dataclass
class Journal:
    """Of one secret: `notes` are what its phases have to remember, old values among them."""

    environment: Environment
    secret: str

    @cached_property
    def key(self) -> bytes:
        """The vault's: a password store is asked for it once. Raises OperationError."""
        return vault.key()

    @property
    def variables(self) -> dict[str, Any]:
        """The vault's, read anew. Raises OperationError."""
        return vault.read(self.environment.vault, self.key)

    @property
    def notes(self) -> dict[str, Any]:
        found: dict[str, Any] = unfinished(self.variables)[self.secret]["notes"]
        return found

    @property
    def done(self) -> int:
        """How many phases are behind it."""
        return int(unfinished(self.variables).get(self.secret, {}).get("done", 0))

    def begin(self, notes: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
        """The first phase: new values and the old ones come into the vault by one write."""
        self._write({"done": 1, "notes": dict(notes)}, changed)

    def change(self, changed: Mapping[str, Any]) -> None:
        """Changes variables of the vault, and writes out what of it lies in the state directory."""
        self._write(unfinished(self.variables)[self.secret], changed)
        ensure_vault(self.environment)

    def advance(self) -> None:
        """The phase is behind it."""
        self._write({"done": self.done + 1, "notes": self.notes}, {})

    def close(self) -> None:
        """All is done: the old values are forgotten here too."""
        self._write(None, {})

    def _write(self, entry: dict[str, Any] | None, changed: Mapping[str, Any]) -> None:
        variables = {**self.variables, **changed}
        entries = {name: one for name, one in unfinished(variables).items() if name != self.secret}
        if entry is not None:
            entries[self.secret] = entry
        variables.pop(VARIABLE, None)
        vault.write(self.environment.vault, {**variables, **({VARIABLE: entries} if entries else {})}, self.key)


def unfinished(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Secret -> entry, of rotations that were begun and did not come to their end."""
    return dict(variables.get(VARIABLE) or {})
