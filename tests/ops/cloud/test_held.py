"""What a provider deletes only once its state lets it is let go there, and nothing else of a state is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops.cloud import held, stack
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.cli import Cli

HELD = {"gcp:sql/databaseInstance:DatabaseInstance": "deletionProtection"}
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


def database(urn: str, held: bool = True) -> dict[str, Any]:
    said = {"deletionProtection": held, "rootPassword": SECRET}
    kind = next(iter(HELD))
    return {"urn": urn, "type": kind, "id": urn, "inputs": dict(said), "outputs": {"name": "db", **said}}


def let_go(environment: Environment, *urns: str) -> None:
    held.let_go(environment, stack.select(environment), HELD, urns, "It broke off.")


@pytest.fixture
def imported(cli: Cli, tmp_path: Path) -> Path:
    """Where the stand-in for the CLI copies what it is to import."""
    program = cli.home / "bin/pulumi"
    copy = tmp_path / "imported"
    keep = f'case "$2 $3" in "stack import") for last in "$@"; do :; done; cp -p "$last" {copy} ;; esac'
    program.write_text(program.read_text().replace("\nshift\n", f"\n{keep}\nshift\n"))
    return copy


def test_only_what_is_named_is_let_go(stated: Environment, cli: Cli, imported: Path) -> None:
    network = {"urn": "urn:n", "type": "gcp:compute/network:Network", "inputs": {"deletionProtection": True}}
    cli.has(database("urn:a"), database("urn:b"), network)
    let_go(stated, "urn:a", "urn:n")
    found = {one["urn"]: one for one in json.loads(imported.read_text())["deployment"]["resources"]}
    for side in ("inputs", "outputs"):
        assert found["urn:a"][side]["deletionProtection"] is False
        assert found["urn:a"][side]["rootPassword"] == SECRET, "as it was: encrypted"
    assert found["urn:b"] == database("urn:b")
    assert found["urn:n"] == network
    assert imported.stat().st_mode & 0o077 == 0, "a state is its owner's, on its way too"
    (export,) = [call for call in cli.calls if "stack export" in call]
    assert "--show-secrets" not in export, "nothing secret lies on the disk for it"


def test_what_is_free_already_is_not_written_again(stated: Environment, cli: Cli) -> None:
    cli.has(database("urn:a", held=False))
    let_go(stated, "urn:a")
    assert not any("stack import" in call for call in cli.calls)


def test_a_state_that_can_not_be_written_is_told(stated: Environment, cli: Cli) -> None:
    cli.has(database("urn:a"))
    cli.fails("stack-import", "error: the stack is currently locked")
    with pytest.raises(OperationError, match="locked") as caught:
        let_go(stated, "urn:a")
    assert "It broke off." in caught.value.consequence
