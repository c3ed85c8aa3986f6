"""One host: its directory, its files, and its life."""

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.hosts import boot, cgroup, debs, files, network, processes, state, volumes
from rehearsal.hosts.errors import HostsError, run


class Machine:
    """A host of an environment."""

    def __init__(self, environment: str, directory: Path, say: Callable[[str], None]) -> None:
        self.environment, self.directory, self.name = environment, directory, directory.name
        self.tell = say

    def say(self, text: str) -> None:
        """A line of progress."""
        self.tell(f"{self.name}: {text}")

    @property
    def record(self) -> dict[str, Any] | None:
        """What it was made with; None until it is whole."""
        return state.read(self.directory / "host.json")

    @property
    def state(self) -> str:
        """running, stopped, or missing (a killed run's half-made directory)."""
        if self.record is None:
            return "missing"
        return "running" if processes.find(self.directory).leaders else "stopped"

    @property
    def host_keys(self) -> list[str]:
        """Its public SSH host keys, without comments."""
        path = self.directory / "ssh_host_ed25519_key.pub"
        return [" ".join(path.read_text().split()[:2])] if path.exists() else []

    def ensure(self, settings: dict[str, Any], image: Path) -> None:
        """Make it if it is missing, give it the settings it should have, and have it running.

        Raises:
            HostsError: it did not come up; the console's last lines are in the message.
        """
        record = self.record
        if record is None:
            self.make(settings, image)
        elif files.opened_by(self.directory, record["settings"], settings):  # by a rotation, over ssh
            state.write(self.directory / "host.json", record | {"settings": settings})
        elif record["settings"] != settings:
            volumes.make(self.directory, settings.get("volumes", {}))  # may be refused: before anything stops
            self.say("its settings changed: restarting with the new ones")
            self.stop()
            volumes.detach(self.directory)
            files.settings(self.directory, settings)
            state.write(self.directory / "host.json", record | {"settings": settings})
        self.start()

    def make(self, settings: dict[str, Any], image: Path) -> None:
        """Lay out a new host; what a killed run left of it goes first."""
        self.kill()
        if self.directory.exists():
            volumes.detach(self.directory)
            shutil.rmtree(self.directory)
        for part in ("upper", "work", "root"):
            (self.directory / part).mkdir(parents=True)
        debs.seed(self.directory / "debs")
        key = str(self.directory / "ssh_host_ed25519_key")
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key])
        files.identity(self.directory, self.name, settings["gateway4"])
        files.settings(self.directory, settings)
        volumes.make(self.directory, settings.get("volumes", {}))
        state.write(self.directory / "host.json", {"image": str(image), "settings": settings})
        self.say("made")

    def start(self) -> None:
        """Have it running with a supervisor, and wait until people can log in.

        Raises:
            HostsError: it did not come up; the console's last lines are in the message.
        """
        record = self.record
        if record is None:
            raise HostsError(
                f"{self.name} was left half-made by a killed run",
                "it can't be started",
                "run `create` again",
            )
        address, found = record["settings"]["address"], self.settled()
        fresh = not (found.supervisors and found.leaders)
        if fresh:
            adopt = found.nspawns[0] if found.leaders and len(found.nspawns) == 1 else 0
            if not adopt:
                self.kill()
            self.say("its lost supervisor is replaced" if adopt else "booting")
            boot.launch(self.environment, self.directory, record, adopt)
        if boot.answers(self.environment, self.directory, address):
            return
        if not fresh:  # it was on its way to a power-off of its own
            boot.launch(self.environment, self.directory, record)
            if boot.answers(self.environment, self.directory, address):
                return
        raise boot.silent(self.environment, self.directory, "ended while it booted")

    def settled(self) -> processes.Found:
        """Its processes; between two boots a supervisor is alone for a moment, which is waited out."""
        until = time.monotonic() + 5
        found = processes.find(self.directory)
        while found.supervisors and not found.leaders and time.monotonic() < until:
            time.sleep(0.1)
            found = processes.find(self.directory)
        return found

    def stop(self, seconds: float = 60) -> None:
        """Power off in order; a guest that does not end in time loses power."""
        found = processes.find(self.directory)
        for pid in found.supervisors or found.nspawns:
            processes.send(pid, signal.SIGTERM, self.directory)
        if not processes.gone(self.directory, seconds):
            self.say(f"did not power off within {seconds:.0f} s: cutting its power")
            self.kill()

    def kill(self) -> None:
        """Cut its power."""
        if not processes.kill(self.directory):
            raise HostsError(
                f"{self.name} has a process that SIGKILL does not end",
                "it was left as it is",
                "reboot this machine",
            )
        network.unplugged(f"{self.environment}-{self.name}")

    def reboot(self) -> None:
        """Reboot in order and wait for it."""
        before = processes.find(self.directory).leaders
        if not before:
            return self.start()
        processes.send(before[0], signal.SIGRTMIN + 5, self.directory)  # systemd's signal for reboot.target
        until = time.monotonic() + boot.SECONDS
        while set(before) & set(processes.find(self.directory).leaders):
            if time.monotonic() > until:
                raise HostsError(
                    f"{self.name} did not go down within {boot.SECONDS} s",
                    "it still runs as before",
                    f"cut its power: kill {self.name} --environment {self.environment}",
                )
            time.sleep(0.1)
        return self.start()

    def harvest(self) -> None:
        """Keep the packages it downloaded for the hosts that come."""
        record = self.record
        if record and (Path(record["image"]) / "packages.sha256").exists():
            count = debs.harvest(self.directory / "upper", Path(record["image"]))
            if count:
                self.say(f"{count} packages kept for the next host")

    def destroy(self) -> None:
        """Cut its power and remove all of it; only the packages it downloaded stay, in the cache."""
        self.kill()
        self.harvest()
        cgroup.remove(self.environment, self.name)
        volumes.detach(self.directory)
        run(["rm", "-rf", "--one-file-system", str(self.directory)], timeout=600)
        self.say("removed")
