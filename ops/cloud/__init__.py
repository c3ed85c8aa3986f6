"""Environments in a cloud: the Pulumi CLI, its state backend, and what only the running cloud can tell.

What is one cloud's own lies in ops/cloud/<cloud>/: the same file names and attributes in each
(tests/ops/cloud/test_parity.py), and no base class.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.environment import Environment


def part(environment: Environment, name: str) -> ModuleType:
    """The module `name` of the environment's cloud, imported once. Raises SettingsError for a bad stack file."""
    return import_module(f"{__name__}.{environment.settings().cloud}.{name}")
