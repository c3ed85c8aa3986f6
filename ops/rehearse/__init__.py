"""`rehearse`: a whole cloud environment on this machine, from its stack file to an answer through its door.

What is one cloud's own lies in ops/rehearse/<cloud>/: the same file names and attributes in each, and no base class.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.rehearse.place import Rehearsed


def part(environment: Rehearsed, name: str) -> ModuleType:
    """The module `name` of the rehearsed cloud."""
    return import_module(f"{__name__}.{environment.settings().cloud}.{name}")
