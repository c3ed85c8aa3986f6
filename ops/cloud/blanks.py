"""Settings that still hold what the repository's own examples say: planned with, and never made."""

from __future__ import annotations

from dataclasses import replace

from infra import documents
from infra.placeholders import placeholders
from infra.problems import SettingsError
from ops.environment import Environment

FIX = "write your own: mail goes to it, or names and certificates are made for it"


def check(environment: Environment) -> None:
    """Raises SettingsError, which lists every value of the stack file that still waits for the user's own."""
    if found := list(placeholders(documents.read(environment.stack, SettingsError))):
        raise SettingsError(environment.stack, [replace(problem, fix=FIX) for problem in found])
