"""The one place where what people write is checked: Footprint, exposure table, group_vars and host_vars together.

Both doors come through here before any host is contacted: the inventory plugin (so plain `ansible-playbook` too)
and every verb. `python -m ops.cli footprint` does nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra import documents, exposure
from infra.checks import content, credentials, declared, files, together
from infra.checks.names import Members
from infra.exposure import Exposure
from infra.footprint import Footprint
from infra.problems import FootprintError, Problem, SettingsError, SettingsOfFilesError
from infra.seen import entries, mapping, text, texts
from infra.variables import GROUP_VARS, Layer, layers

ROOT = Path(__file__).resolve().parents[2]
MAIN = Path("group_vars", "all", "main.yml")


@dataclass(frozen=True)
class Checked:
    """All that is set for an environment, checked. `layers`: each plain file of variables with its content."""

    footprint: Footprint
    table: list[Exposure]
    layers: list[tuple[Layer, dict[str, Any]]] = field(default_factory=list)


@dataclass
class Report:
    """Collects what is wrong, file by file."""

    errors: list[SettingsError] = field(default_factory=list)
    _others: dict[Path, list[Problem]] = field(default_factory=dict)

    def add(self, found: Iterable[tuple[Path, Problem]]) -> None:
        for path, problem in found:
            self._others.setdefault(path, []).append(problem)

    def found(self) -> Iterator[tuple[Path, Problem]]:
        for path, problems in self._others.items():
            yield from ((path, problem) for problem in problems)

    def raise_if_any(self) -> None:
        """Raises the one error there is, or SettingsOfFilesError with all of them."""
        errors = [*self.errors, *(SettingsError(path, problems) for path, problems in self._others.items())]
        if errors:
            raise errors[0] if len(errors) == 1 else SettingsOfFilesError(errors)


def load(path: Path | str, root: Path = ROOT, footprint: Footprint | None = None) -> Checked:
    """The environment of the Footprint in `path`. Writes nothing, contacts nobody, takes well under a second.

    With `footprint` it is as if that stood there: a cloud's is asked about before anything in it is made.
    Raises SettingsError, which lists every problem of every file: file, key, what was found, what is expected, the fix.
    """
    file = Path(path).absolute()
    report = Report()
    table = None
    try:
        footprint = footprint or Footprint.load(file)
    except SettingsError as error:
        report.errors.append(error)
    try:
        table = exposure.load(root / "stacks" / "exposure.yml")
    except SettingsError as error:
        report.errors.append(error)
    if footprint and table and (shut := list(exposure.shut_out(table, footprint))):
        report.errors.append(FootprintError(path, shut))
    if footprint and (nowhere := list(credentials.nowhere(footprint))):
        report.errors.append(FootprintError(path, nowhere))
    members = {host.name: list(host.groups) for host in footprint.hosts} if footprint else None
    found = _variables(file.parent, members, root, report) if file.parent.is_dir() else []
    if footprint and table:
        told = {(path, _variable(problem)) for path, problem in report.found()}
        contradictions = dict.fromkeys(_contradictions(file.parent, footprint, table, found))
        report.add(one for one in contradictions if (one[0], _variable(one[1])) not in told)
    report.raise_if_any()
    assert footprint
    assert table
    return Checked(footprint, table, found)


def before_hosts(directory: Path, root: Path = ROOT, members: Members | None = None) -> None:
    """Checks an environment whose hosts are still to be made: all but its Footprint. Raises SettingsError.

    `members`: the hosts to be and their groups; None where rehearsal.yml says them.
    """
    report = Report()
    try:
        exposure.load(root / "stacks" / "exposure.yml")
    except SettingsError as error:
        report.errors.append(error)
    if members is None:
        try:
            rehearsal = mapping(documents.read(directory / "rehearsal.yml", SettingsError))
            hosts = [mapping(host) for host in entries(rehearsal.get("hosts"))]
            members = {text(host.get("name")): texts(host.get("groups")) for host in hosts}
        except SettingsError as error:
            report.errors.append(error)
    if directory.is_dir():  # that of a cloud's is made with its vault
        _variables(directory, members, root, report)
    report.raise_if_any()


def _variables(
    directory: Path, members: Members | None, root: Path, report: Report
) -> list[tuple[Layer, dict[str, Any]]]:
    misplaced = list(files.problems(directory, members, root))
    report.add(misplaced)
    found = []
    for layer in layers(directory):
        if any(path == layer.path for path, _ in misplaced):
            continue
        try:
            document = documents.read(layer.path, SettingsError)
        except SettingsError as error:
            report.errors.append(error)
            continue
        report.add((layer.path, problem) for problem in content.problems(layer, document, members))
        found.append((layer, dict(mapping(document))))
    return found


def _variable(problem: Problem) -> str:
    return re.split(r"[.\[]", problem.path, maxsplit=1)[0]


def _contradictions(
    directory: Path,
    footprint: Footprint,
    table: list[Exposure],
    found: list[tuple[Layer, dict[str, Any]]],
) -> Iterator[tuple[Path, Problem]]:
    defaults = {name: one.default for name, one in declared.read().variables.items()}
    for host in footprint.hosts:
        values_of = dict(defaults)
        origin: dict[str, Path] = {}
        for layer, variables in found:
            if layer.name in ("all", *host.groups) if layer.of == GROUP_VARS else layer.name == host.name:
                values_of |= variables
                origin |= dict.fromkeys(variables, layer.path)
        site = together.Site(footprint, exposure.ports(table), tuple(host.groups), values_of)
        yield from together.broken(site, origin, directory / MAIN)
