"""An environment whose hosts are stood for by what the last playbook run told them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from infra import api_keys
from ops import door, playbook, processes, secrets, vault
from ops.ansible_output import Output
from ops.environment import Environment
from ops.look import status
from ops.rehearsal import write_footprint
from tests.ops.test_rehearsal import THREE


class Killed(BaseException):
    """The end of the process: nothing catches it."""


@dataclass
class Hosts:
    """`known`: the API keys that the door takes; `runs`: playbooks with their options; `kill_at`: after so many
    changes of the vault or of the hosts, one more is the last.
    """

    environment: Environment
    known: set[str] = field(default_factory=set)
    runs: list[tuple[str, ...]] = field(default_factory=list)
    changes: int = 0
    kill_at: int | None = None

    def change(self) -> None:
        if self.kill_at == self.changes:
            raise Killed
        self.changes += 1

    def play(self, _: Environment, name: str, __: Any, *, options: tuple[str, ...] = (), **___: Any) -> Output:
        self.runs.append((name, *options))
        self.known = set(api_keys.valid(opened(self.environment)[api_keys.VARIABLE]).values())
        self.change()
        return Output()

    def answer(self, _url: str, _roots: Any, key_file: Any) -> door.Answer:
        return door.Answer(404 if key_file.read_text() in self.known else 401, {}, "")


def opened(environment: Environment) -> dict[str, Any]:
    return vault.read(environment.vault, vault.key())


@pytest.fixture
def hosts(one: Environment, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    secrets.ensure_vault(one)
    write_footprint(one, THREE)
    made = Hosts(one)
    made.known = set(api_keys.valid(opened(one)[api_keys.VARIABLE]).values())
    write = vault.write

    def counted(*arguments: Any) -> None:
        write(*arguments)
        made.change()

    monkeypatch.setattr(playbook, "run", made.play)
    monkeypatch.setattr(door, "get", made.answer)
    monkeypatch.setattr(vault, "write", counted)
    monkeypatch.setattr(processes, "pause", lambda _: None)
    monkeypatch.setattr(status, "url_of", lambda _: "https://door")
    monkeypatch.setattr(status, "ca_of", lambda *_: None)
    return made
