"""Real runs of ansible-playbook, whose ssh is a program that runs what it is to run on the host on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops import processes
from tests.ansible.plugins.tree.playbooks import PLUGINS

# A process of its own between the two ends, as ssh is: when it ends, each of them finds its pipe closed.
SSH = """#!{python}
import json, os, subprocess, sys, threading
with open("{calls}", "a") as calls:
    calls.write(json.dumps({{"ssh": os.getpid(), "watcher": os.getppid(), "argv": sys.argv}}) + "\\n")
far = subprocess.Popen(["sh", "-c", sys.argv[-1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

def relay(source, sink):
    while data := os.read(source.fileno(), 65536):
        os.write(sink.fileno(), data)
    sink.close()

threading.Thread(target=relay, args=(sys.stdin, far.stdin), daemon=True).start()
relay(far.stdout, sys.stdout)
os._exit(far.wait())
"""
SUDO = '#!/bin/sh\n[ "$1" = -n ] || exit 9\nshift\nexec "$@"\n'
WORK = "echo > {begun}; while [ ! -e {done} ]; do sleep 0.05; done"


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `condition` returns once that is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


class Site:
    """A directory with a playbook of `tasks`; `lock` is the lock's file on the host."""

    def __init__(self, where: Path) -> None:
        self.where, self.calls, self.state = where, where / "calls", where / "state"
        self.lock = where / "host/shoestring-deploy.lock"
        self.begun, self.done = where / "begun", where / "done"
        self.lock.parent.mkdir()
        (where / "bin").mkdir()
        self.program("ssh", SSH.format(python=sys.executable, calls=self.calls))
        self.program("sudo", SUDO)
        self._runs: list[subprocess.Popen[str]] = []

    def program(self, name: str, text: str) -> None:
        (self.where / "bin" / name).write_text(text)
        (self.where / "bin" / name).chmod(0o755)

    def held(self, label: str = "hold", **options: Any) -> dict[str, Any]:
        """The task as a playbook has it."""
        said = {"name": "deploy", "directory": str(self.lock.parent), **options}
        if options.get("state") != "released":
            said.setdefault("doing", "deploy 1.0.0-aa-bb")
        return {"name": label, "held": said, "run_once": True, "delegate_to": "{{ groups.service[0] }}"}

    def work(self, label: str = "work") -> dict[str, Any]:
        """A task that says that it has begun, and ends when `done` is there."""
        script = WORK.format(begun=self.begun, done=self.done)
        return {"name": label, "ansible.builtin.command": {"argv": ["sh", "-c", script]}, "run_once": True}

    def start(self, *tasks: dict[str, Any], actor: str = "ada", **more: Any) -> subprocess.Popen[str]:
        """A run of the tasks, of which the first two are usually to hold and to work."""
        reached = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        reached |= {"ansible_host": "192.0.2.7", "ansible_port": 22, "ansible_user": "admin"}
        reached |= {"ansible_ssh_common_args": "-o HostKeyAlias=app1", "footprint_state": str(self.state)}
        hosts = dict.fromkeys(("app1", "app2"), reached)
        (self.where / "hosts.json").write_text(json.dumps({"service": {"hosts": hosts}}))
        play = {"hosts": "service", "gather_facts": False, "tasks": tasks or (self.held(), self.work())}
        book = self.where / f"site-{len(self._runs)}.yml"
        book.write_text(json.dumps([play]))
        (self.where / "ansible.cfg").write_text("")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_CONFIG": str(self.where / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.where / "home"),
            "ANSIBLE_ACTION_PLUGINS": str(PLUGINS / "action"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_CALLBACK_FORMAT_PRETTY": "false",
            "ANSIBLE_NOCOLOR": "1",
            "GITHUB_ACTOR": actor,
            "PATH": f"{self.where / 'bin'}:{os.environ['PATH']}",
        }
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        self._runs.append(
            subprocess.Popen(
                [program, "-i", "hosts.json", "-v", book.name, *more.pop("arguments", ())],
                **{"cwd": self.where, "env": environment, "text": True, "stdin": subprocess.DEVNULL,
                   "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **more},
            )
        )  # fmt: skip
        return self._runs[-1]

    def at_work(self, *tasks: dict[str, Any], **more: Any) -> subprocess.Popen[str]:
        """A run that has come to its second task."""
        run = self.start(*tasks, **more)
        until(lambda: self.begun.exists() or run.poll() is not None)
        assert run.poll() is None, self.output(run)
        return run

    def finish(self, run: subprocess.Popen[str]) -> tuple[int, str]:
        self.done.touch()
        return self.output(run)

    @staticmethod
    def output(run: subprocess.Popen[str]) -> tuple[int, str]:
        """(code, output) of a run that ends by itself."""
        text, _ = run.communicate(timeout=60)
        return run.returncode, text

    def record(self) -> dict[str, Any]:
        return dict(json.loads(self.lock.read_text()))

    def called(self) -> dict[str, Any]:
        """{ssh, watcher, argv} of the last connection."""
        return dict(json.loads(self.calls.read_text().splitlines()[-1]))

    def end(self) -> None:
        self.done.touch()
        for run in self._runs:
            if run.poll() is None:
                run.kill()
            run.communicate()
        watchers = (
            [json.loads(line)["watcher"] for line in self.calls.read_text().splitlines()] if self.calls.exists() else []
        )
        until(lambda: not any(processes.lives(watcher) for watcher in watchers))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """See Site. At the end no run and no watcher of it is left."""
    site = Site(tmp_path)
    yield site
    site.end()
