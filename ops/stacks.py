"""The files of the environments in a cloud: stacks/Pulumi.<name>.yaml, which are the settings of a Pulumi stack."""

from __future__ import annotations

import difflib
from pathlib import Path

from ops.environment import ROOT
from ops.errors import OperationError

STACKS = ROOT / "stacks"


def names(stacks: Path = STACKS) -> list[str]:
    """The environments in a cloud."""
    return sorted(path.stem.removeprefix("Pulumi.") for path in stacks.glob("Pulumi.*.yaml"))


def file(name: str, stacks: Path = STACKS) -> Path:
    """The file of the environment `name`. Raises OperationError if there is none."""
    known = names(stacks)
    if name in known:
        return stacks / f"Pulumi.{name}.yaml"
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"Did you mean ENV={near[0]}? " if near else ""
    new = stacks / f"Pulumi.{name or '<name>'}.yaml"
    raise OperationError(
        f"There is no environment {name!r} in a cloud. There are: {', '.join(known) or 'none'}.",
        "Nothing was done.",
        f"{meant}A new one is a file {new}; copy one that is there.",
    )
