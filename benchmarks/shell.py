"""The quickest peer one can think of: a shell script that brings the same files, made beforehand, by ssh and tar."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from benchmarks import peer
from benchmarks.place import Hosts


def write(hosts: Hosts, directory: Path) -> tuple[Path, list[str]]:
    """Writes the script and what it brings into `directory`; returns its path and the files it writes."""
    lines, written = ["set -eu"], []
    for number, host in enumerate(hosts.addresses):
        wanted = sorted({path for role in peer.HOSTS for path in peer.targets(role)})
        there = f'for path in {shlex.join(wanted)}; do if [ -e "$path" ]; then echo "$path"; fi; done'
        found = hosts.run(host, there).split()
        archive = directory / f"{host}.tar"
        with archive.open("wb") as file:
            argv = [*hosts.command(host), "sudo", "tar", "-cP", *found]
            subprocess.run(argv, stdout=file, check=True)
        archive.chmod(0o600)
        lines.append(f"{shlex.join(hosts.command(host))} sudo tar -xP < {shlex.quote(str(archive))} & p{number}=$!")
        written += found
    # Each is waited for by itself: a failure must not pass as a fast run.
    lines += [f"wait $p{number}" for number in range(len(hosts.addresses))]
    script = directory / "write.sh"
    script.write_text("\n".join(lines) + "\n")
    return script, written
