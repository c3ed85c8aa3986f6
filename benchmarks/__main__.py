"""`make bench`: measures an environment of its own and writes docs/benchmarks.md. No time passes or fails."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import tempfile
from pathlib import Path

from benchmarks import answers, deploys, hardening, load, memory, place, report, run, timing
from ops.environment import ROOT
from ops.errors import OperationError

PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Writes the page and prints it; 1 if something did not work."""
    described = report.machine()
    try:
        load.ensure()
        with place.made() as directory, tempfile.TemporaryDirectory() as temporary:
            _say("make up, from nothing")
            first, _ = timing.seconds(place.verb(directory, "up"))
            hosts = place.Hosts(directory)
            _say("the public door and bare uvicorn, under load")
            door = run.door(hosts, Path(temporary))
            resident = report.memory(memory.measure(hosts), hosts.groups)
            _say("site and deploy, stock Ansible, a shell script")
            configuration = run.configuration(directory, hosts, Path(temporary), first)
            _say("the plan of a cloud, and bad settings refused")
            answered = answers.measure(hosts.environment, Path(temporary))
            _say("deploys of a changed service, and rollbacks")
            changed = deploys.measure(directory, hosts, Path(temporary))
            _say("Lynis, on a host of ours and on one that nothing was done to")
            hardened = hardening.measure(hosts, hosts.of("proxy")[0], directory.parent)
            report.write(
                PAGE, described, _versions(hosts), [door, configuration, changed, answered, hardened], resident
            )
    except (OperationError, RuntimeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(PAGE.read_text())
    return 0


def _versions(hosts: place.Hosts) -> list[str]:
    nginx = hosts.run(hosts.of("proxy")[0], "dpkg-query --show --showformat '${Version}' nginx")
    postgres = hosts.run(hosts.of("database")[0], "dpkg-query --show --showformat '${Version}' postgresql-17")
    service = hosts.run(hosts.of("service")[0], "/opt/shoestring/current/venv/bin/python -m uvicorn --version")
    ansible = importlib.metadata.version("ansible-core")
    python = platform.python_version()
    said = service.strip().removeprefix("Running ")
    return [f"ansible-core {ansible} on Python {python}", f"nginx {nginx}", f"PostgreSQL {postgres}", said]


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
