"""The resources and functions of AWS that the program uses, a file for each family."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every file here, so that its classes and functions are registered."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
