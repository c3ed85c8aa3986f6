"""What a cloud has that the program did not ask for: by the CLI's refresh, and by who reaches what without it."""

from __future__ import annotations

from ops.cloud import part, preview
from ops.cloud.ways import Way
from ops.drift.finding import Finding
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Step

HOST = "cloud"


def look(environment: Environment, step: Step) -> tuple[list[Finding], list[str]]:
    """The findings, and why the account could not be asked. That there is no CLI is no problem, but is said."""
    problems: list[str] = []
    try:
        found = openings(environment)
    except OperationError as error:
        found, problems = [], [f"the account could not be asked: {error.cause}"]
    if environment.rehearses_a_cloud:
        step.note("an emulated account has no state to refresh")
        return found, problems
    shown = preview.of(environment, refresh=True)
    if shown.skipped:
        step.note(f"no refresh: {shown.skipped}")
    elif shown.changes:
        what = f"`pulumi preview --refresh` would change it: {shown.changes}"
        found.append(Finding(HOST, "resource", environment.name, what, f"make up ENV={environment.name}", shown.diff))
    return found, problems


def openings(environment: Environment) -> list[Finding]:
    """Rules of its firewalls that open what stacks/exposure.yml does not list, or lack what it does."""
    ways = part(environment, "ways")
    there: set[Way] = ways.there(environment)
    wanted: set[Way] = ways.declared(environment.settings())
    fix = f"make up ENV={environment.name}; or take the rule back in the account"
    found = [_finding(way, "is open, and stacks/exposure.yml does not list it", fix) for way in there - wanted]
    return found + [_finding(way, "is not open, and stacks/exposure.yml lists it", fix) for way in wanted - there]


def _finding(way: Way, what: str, fix: str) -> Finding:
    name = f"{way.source} to {way.to} at {way.protocol}/{way.port}"
    return Finding(HOST, "rule", name, f"{name} {what}", fix)
