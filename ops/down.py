"""`down`: takes a rehearsed environment off this machine. Servers you own are yours to keep."""

from __future__ import annotations

from ops import lock, rehearsal
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps

# What describes the hosts that are gone. The vault, the SSH key and the API key stay: the next `up` gives its
# hosts the same secrets, and nobody has to hand out a new key.
OF_THE_HOSTS = ("known_hosts", "release.json")


def run(environment: Environment, steps: Steps) -> None:
    """Safe to run twice. Raises OperationError for an environment whose hosts are not this machine's."""
    if not environment.rehearsed:
        raise OperationError(
            f"The hosts of {environment.name!r} are servers that you own, not made by Shoestring.",
            "`down` left them as they are.",
            "To retire one: take its backups, give its groups to another host in the Footprint, run "
            "`make up`, and only then switch it off yourself.",
        )
    rehearsal.authorize()
    with lock.held(environment, "down"), steps.step("Hosts") as step:
        rehearsal.destroy(environment, step.progress)
        (environment.directory / "footprint.yml").unlink(missing_ok=True)
        gone = [environment.state / name for name in OF_THE_HOSTS]
        # ansible.cfg keeps facts of all environments in one directory, each under its name.
        gone += (environment.state.parent / "facts").glob(f"{environment.name}_*")
        for path in gone:
            path.unlink(missing_ok=True)
        step.note("gone")
