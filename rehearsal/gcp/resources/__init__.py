"""The resources of Google Cloud that the program uses, a file for each family."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every file here, so that what is told of each type is registered."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
