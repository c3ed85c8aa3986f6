"""What this machine knew of hosts that are gone."""

from __future__ import annotations

from pathlib import Path

from ops.environment import Environment

# The vault, the SSH key and the API key stay: the next `up` gives its hosts the same secrets, and nobody has to hand
# out a new key.
OF_THE_HOSTS = ("known_hosts", "release.json")


def forget(environment: Environment, footprint: Path) -> None:
    """Removes the `footprint` that described them, and what was kept about them. Safe to run twice."""
    gone = [footprint, *(environment.state / name for name in OF_THE_HOSTS)]
    # ansible.cfg keeps facts of all environments in one directory, each under its name.
    gone += (environment.state.parent / "facts").glob(f"{environment.name}_*")
    for path in gone:
        path.unlink(missing_ok=True)
