"""What each service host serves, said with an error that stopped a change half way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ops import probe
from ops.ansible_output import Output
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps

WARNING = "warning: "


@contextmanager
def told(environment: Environment) -> Iterator[None]:
    """Adds to an OperationError of the block who has what now."""
    try:
        yield
    except OperationError as reason:
        consequence = f"{reason.consequence}\n{now(environment)}"
        raise OperationError(reason.cause, consequence, reason.fix, reason.log) from None


def now(environment: Environment) -> str:
    """A line on each service host's release, asked anew."""
    found = probe.hosts(environment)
    hosts = [host.name for host in environment.check().hosts if "service" in host.groups]
    return "\n".join(f"{name} {_one(found[name])}" for name in hosts)


def _one(found: probe.Probe) -> str:
    if found.state == probe.UNREACHABLE.state:
        return "does not answer, so what it serves is not known."
    return f"serves {found.release}." if found.release else "serves no release."


def warn(output: Output, steps: Steps) -> None:
    """Shows what the playbook said that is well and not as it should be."""
    for text in output.said:
        if text.startswith(WARNING):
            steps.warn(text.removeprefix(WARNING))
