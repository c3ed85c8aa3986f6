"""Where a rehearsal is: an environment beside the one that it rehearses, whose files it neither reads nor writes."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra import documents, login, stack_file
from infra.problems import SettingsError
from infra.seen import mapping
from ops import files
from ops.environment import NAME, ROOT, WRITTEN, Environment, environments
from ops.errors import OperationError

SUFFIX = "-rehearsed"
# Whose account it is, where its state is and what bootstrap made there: none of it is here.
NOT_HERE = (
    *(key for keys in stack_file.PULUMIS.values() for key in keys),
    "shoestring:backend",
    "shoestring:identity_pool",
    "shoestring:repository",
)
OWN = ("vault.yml", WRITTEN, login.FILE)
"""What a rehearsal has of its own, below its directory."""


@dataclass(frozen=True)
class Rehearsed(Environment):
    """An environment whose cloud is this machine. `source`: the stack file of the one that it rehearses."""

    source: Path

    @classmethod
    def of(cls, value: str, root: Path = ROOT) -> Rehearsed:
        """`value`: an environment in a cloud by its name, or the path of its directory. Raises OperationError."""
        directory = Path(value).expanduser().resolve() if os.sep in value else root / "stacks" / value
        source = directory.parent / f"Pulumi.{directory.name}.yaml"
        if not value or not source.is_file():
            clouds = [
                one for one in environments(root / "stacks") if (root / "stacks" / f"Pulumi.{one}.yaml").is_file()
            ]
            raise OperationError(
                f"{source} is not there, so there is no cloud environment {value!r} to rehearse.",
                "Nothing was made.",
                f"make rehearse ENV={clouds[0] if clouds else '<name>'}   (there are: {', '.join(clouds) or 'none'})",
            )
        name = directory.name + SUFFIX
        if not NAME.fullmatch(name):
            raise OperationError(
                f"A rehearsal of {directory.name!r} would be called {name!r}, which is longer than 30 characters.",
                "Nothing was made.",
                f"Rehearse a copy of {source} with a shorter name.",
            )
        return cls(name, directory.with_name(name), root / ".shoestring" / name, source)

    @property
    def stack(self) -> Path:
        return self.state / f"Pulumi.{self.name}.yaml"

    @property
    def cloud(self) -> bool:
        return True

    @property
    def rehearses(self) -> str:
        """The name of the environment that it rehearses."""
        return self.name.removesuffix(SUFFIX)

    @property
    def planes(self) -> Path:
        """Where the account, the buckets and their keys are kept; its owner's alone."""
        return self.state / "cloud"

    @property
    def hosts(self) -> Path:
        """What rehearsal.hosts is told."""
        return self.planes / "hosts.yml"

    def write(self) -> None:
        """Brings the stack file and what is set beside it up to date. Raises SettingsError for a file that is none."""
        document = dict(mapping(documents.read(self.source, SettingsError)))
        kept = {key: value for key, value in mapping(document.get("config")).items() if key not in NOT_HERE}
        self.make_state()
        header = f"# Written by `make rehearse` from {self.source.name}. Change that file, not this.\n"
        files.write(self.stack, header + yaml.safe_dump({"config": kept}, sort_keys=False))
        self.directory.mkdir(parents=True, exist_ok=True)
        theirs = self.directory.with_name(self.rehearses)
        for path in [each for each in self.directory.rglob("*") if each.is_file() and each.name not in OWN]:
            path.unlink()
        if theirs.is_dir():
            shutil.copytree(theirs, self.directory, ignore=shutil.ignore_patterns(*OWN), dirs_exist_ok=True)


def rehearsed(environment: Environment) -> Rehearsed:
    """The same environment, as the rehearsal that it is (`environment.rehearses_a_cloud`)."""
    theirs = environment.directory.with_name(environment.name.removesuffix(SUFFIX))
    source = theirs.with_name(f"Pulumi.{theirs.name}.yaml")
    return Rehearsed(environment.name, environment.directory, environment.state, source)
