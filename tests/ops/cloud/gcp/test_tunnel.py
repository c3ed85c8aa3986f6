"""The program that the tunnel goes through is asked for before anything is made and paid for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.cloud.gcp import tunnel
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.conftest import write_stack

GOOD = "Google Cloud SDK 528.0.0"
SCRIPT = """#!/bin/sh
case "$1" in
--version) echo '{said}'; echo 'bq 2.1.18' ;;
auth) [ "$2 $3" = "list --filter=status:ACTIVE" ] && echo '{who}' ;;
esac
"""


def gcloud(directory: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, who: str = "ann@acme.dev") -> None:
    """A PATH whose `gcloud` says that of its version and its login; None is for none."""
    directory.mkdir()
    if said is not None:
        (directory / "gcloud").write_text(SCRIPT.format(said=said, who=who))
        (directory / "gcloud").chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (None, "not on PATH"),
        ("Google Cloud SDK 252.0.0", r"Google Cloud SDK 252.0.0; the tunnel came with 253.0"),
        ("a wrapper of ours", r"a wrapper of ours; the tunnel came with 253.0"),
    ],
    ids=["none", "old", "another"],
)
def test_without_it_nothing_is_done(
    dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, cause: str
) -> None:
    gcloud(tmp_path / "bin", monkeypatch, said)
    with pytest.raises(OperationError, match=cause) as caught:
        tunnel.check(dev)
    assert "nothing was done" in caught.value.consequence
    assert "https://cloud.google.com/sdk" in caught.value.fix
    assert "ssh: direct" in caught.value.fix, "there is a way without it"


@pytest.mark.parametrize("said", ["Google Cloud SDK 253.0.0", GOOD, "Google Cloud SDK 1000.0.0"])
def test_one_that_knows_tunnels_is_taken(
    dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    gcloud(tmp_path / "bin", monkeypatch, said)
    tunnel.check(dev)


def test_its_login_is_not_that_of_the_verbs(dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcloud(tmp_path / "bin", monkeypatch, GOOD, who="")
    with pytest.raises(OperationError, match="logged in as nobody") as caught:
        tunnel.check(dev)
    assert caught.value.fix.startswith("gcloud auth login.")
    monkeypatch.setenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "/a/file")
    tunnel.check(dev)


@pytest.mark.parametrize("ssh", ["direct", "jump"])
def test_other_ways_need_none(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ssh: str) -> None:
    write_stack(root, "gcp-dev", ssh=ssh, admin_cidrs=["198.18.7.0/24"])
    gcloud(tmp_path / "bin", monkeypatch, None)
    tunnel.check(Environment.resolve("gcp-dev", root))
