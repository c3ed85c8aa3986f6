"""Which environment a verb works on, and where its files are."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ops.errors import OperationError

if TYPE_CHECKING:  # pydantic costs a third of a second, and `down` needs none of it
    from infra.footprint import Footprint
    from infra.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
FOOTPRINTS = ("footprint.yml", "footprint.yaml", "footprint.json")
WRITTEN = FOOTPRINTS[-1]  # by `make up` and `make footprint`, for an environment in a cloud
# The name becomes a directory, part of a host's name and part of a certificate's subject.
NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
EVERY = "all"  # what `plan` takes for all of them at once


def cache_directory() -> Path:
    """What is expensive to make and the same for every environment; outside the clone, kept by `down`."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "shoestring"


@dataclass(frozen=True)
class Environment:
    """An environment: `directory` holds what people write (stacks/<name>), `state` what Shoestring writes.

    Its hosts are made on this machine (`rehearsed`: rehearsal.yml), in a cloud (`cloud`: stacks/Pulumi.<name>.yaml,
    whose directory may not be there yet), or are servers that one owns (footprint.yml).
    """

    name: str
    directory: Path
    state: Path

    @classmethod
    def resolve(cls, value: str, root: Path = ROOT) -> Environment:
        """`value`: a name under stacks/ or the path of a directory. Raises OperationError if neither."""
        stacks = root / "stacks"
        is_path = os.sep in value or value in (".", "..")
        directory = Path(value).expanduser().resolve() if is_path else stacks / value
        if value == EVERY:
            raise OperationError(
                f"ENV={EVERY} compares environments, which is for `plan`.",
                "Nothing was done.",
                f"make plan ENV={EVERY}, or name one of them: {', '.join(environments(stacks))}",
            )
        environment = cls(directory.name, directory, root / ".shoestring" / directory.name)
        if not value or not (environment.cloud or environment.rehearses_a_cloud or _has_files(directory)):
            raise _unknown(value, directory if is_path else None, stacks)
        if not NAME.fullmatch(directory.name):
            raise OperationError(
                f"{directory}: {directory.name!r} can't name an environment.",
                "Nothing was done.",
                "Rename the directory: a small letter, then small letters, digits and '-', 30 at most.",
            )
        environment._be_one_kind()
        return environment

    @property
    def root(self) -> Path:
        """The repository's, below which everything is."""
        return self.state.parents[1]

    @property
    def stack(self) -> Path:
        """The file that says what an environment in a cloud is to be; of a rehearsal, the one that it was given."""
        beside = self.directory.parent / self._rehearsed_stack.name
        return self._rehearsed_stack if self.rehearses_a_cloud else beside

    @property
    def cloud(self) -> bool:
        """True if Pulumi makes its hosts in a cloud."""
        # Pulumi.yaml has Pulumi look for its files there and nowhere else.
        return self.directory.parent == self.root / "stacks" and self.stack.is_file() and not self.rehearses_a_cloud

    @property
    def rehearses_a_cloud(self) -> bool:
        """True if `make rehearse` made it, and its cloud is emulated on this machine."""
        return self._rehearsed_stack.is_file()

    @property
    def _rehearsed_stack(self) -> Path:
        return self.state / f"Pulumi.{self.directory.name}.yaml"

    def settings(self) -> Settings:
        """What its stack file says, checked. Raises SettingsError with every problem of it."""
        from infra.settings import Settings

        return Settings.load(self.stack)

    @property
    def rehearsal(self) -> Path:
        return self.directory / "rehearsal.yml"

    @property
    def rehearsed(self) -> bool:
        """True if the hosts are made on this machine."""
        return self.rehearsal.is_file()

    @property
    def vault(self) -> Path:
        return self.directory / "group_vars" / "all" / "vault.yml"

    @property
    def footprint(self) -> Path:
        """The Footprint's path. Raises OperationError if there is none, or both forms."""
        found = [self.directory / name for name in FOOTPRINTS if (self.directory / name).is_file()]
        if len(found) == 1:
            return found[0]
        if found:
            raise OperationError(
                f"{self.directory} holds both {' and '.join(path.name for path in found)}.",
                "It is not known which of them is meant, so nothing was done.",
                f"rm one of them, for instance: rm {found[-1]}",
            )
        fix = f"Write {self.directory / FOOTPRINTS[0]}; stacks/onprem/footprint.yml is an example to fill in."
        if self.rehearsed:
            fix = f"make up ENV={self.name}"
        if self.cloud:
            fix = f"make up ENV={self.name} makes it; if its machines are there: make footprint ENV={self.name}"
        raise OperationError(
            f"{self.directory} has no {WRITTEN if self.cloud else FOOTPRINTS[0]}.",
            f"Which hosts {self.name!r} has is not known, so nothing was done.",
            fix,
        )

    def check(self) -> Footprint:
        """Checks all that people wrote for it, before any host is contacted, and returns its Footprint.

        Raises SettingsError with every problem of every file, or OperationError if there is no Footprint.
        """
        from infra.checks import environment

        return environment.load(self.footprint, self.root).footprint

    def check_before_hosts(self) -> None:
        """The same for an environment whose hosts, and so its Footprint, are still to be made."""
        from infra.checks import environment

        members = {host.name: list(host.groups) for host in self.settings().hosts} if self.cloud else None
        environment.before_hosts(self.directory, self.root, members)

    def make_state(self) -> Path:
        """The state directory, made if need be, for its owner alone."""
        for path in (self.state.parent, self.state):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        return self.state

    def _be_one_kind(self) -> None:
        """Raises OperationError if two files say where its hosts come from."""
        theirs = [self.directory / name for name in ("rehearsal.yml", *FOOTPRINTS[:-1])]
        if self.cloud and (others := [path for path in theirs if path.is_file()]):
            raise OperationError(
                f"{self.stack} makes {self.name!r} in a cloud, and {others[0]} says that its hosts are elsewhere.",
                "It is not known which of them is meant, so nothing was done.",
                f"Give one of the two another name, for instance: mv {self.directory} {self.directory}-own",
            )


def _has_files(directory: Path) -> bool:
    return any((directory / name).is_file() for name in (*FOOTPRINTS, "rehearsal.yml"))


def environments(stacks: Path) -> list[str]:
    """The names under stacks/ that are environments."""
    if not stacks.is_dir():
        return []
    named = {path.name for path in stacks.iterdir() if path.is_dir() and _has_files(path)}
    return sorted(named | {path.stem.removeprefix("Pulumi.") for path in stacks.glob("Pulumi.*.yaml")})


def _unknown(value: str, directory: Path | None, stacks: Path) -> OperationError:
    if directory is not None:
        missing = f"holds no {', '.join(FOOTPRINTS)} or rehearsal.yml"
        what = missing if directory.is_dir() else "is not there"
        return OperationError(
            f"There is no environment at {directory}: it {what}.",
            "Nothing was done.",
            f"Write {directory / FOOTPRINTS[0]}; stacks/onprem/footprint.yml is an example.",
        )
    known = environments(stacks)
    near = difflib.get_close_matches(value, known, n=1)
    hint = f"Did you mean ENV={near[0]}? " if near else ""
    return OperationError(
        f"There is no environment {value!r}. There are: {', '.join(known) or 'none'}.",
        "Nothing was done.",
        f"{hint}A new one is a directory stacks/{value or '<name>'}/ with a footprint.yml, or in a cloud a file "
        f"stacks/Pulumi.{value or '<name>'}.yaml.",
    )
