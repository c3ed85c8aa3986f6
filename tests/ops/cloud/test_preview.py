"""What `plan` adds where a CLI and a state are at hand; where they are not, a line says why, and it is no error."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from ops.cloud import preview
from ops.cloud.stack import VERSION
from ops.environment import ROOT, Environment

BACKEND = "s3://shoestring-state-111122223333-eu-central-1?region=eu-central-1&awssdk=v2"
LINE = "  + aws:ec2/instance:Instance aws-dev-solo create"
# Speaks as the CLI does, which tells its events over gRPC since 3.206.
CLI = """#!{python}
import json, os, sys
words = [word for word in sys.argv[1:] if word != "--non-interactive"]
if words == ["version"]:
    print("v{version}")
    sys.exit()
with open({log!r}, "a") as log:
    log.write(json.dumps([os.environ.get("PULUMI_BACKEND_URL"), *words]) + "\\n")
if words[:2] == ["stack", "select"] and {missing!r}:
    sys.exit({missing!r})
if words[0] == "preview" and not {silent!r}:
    import grpc
    from pulumi.runtime.proto import events_pb2, events_pb2_grpc
    print({line!r})
    summary = {{"resourceChanges": {{"create": 3, "same": 52}}, "durationSeconds": 1, "maybeCorrupt": False}}
    event = {{"sequence": 1, "timestamp": 1, "summaryEvent": summary | {{"policyPacks": {{}}}}}}
    with grpc.insecure_channel(words[words.index("--event-log") + 1].removeprefix("tcp://")) as channel:
        told = iter([events_pb2.EventRequest(event=json.dumps(event))])
        events_pb2_grpc.EventsStub(channel).StreamEvents(told)
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PATH without a CLI, and no state of whoever runs the tests."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)


def dev(root: Path, backend: str | None = BACKEND) -> Environment:
    """aws-dev, as `make bootstrap` leaves it."""
    document = yaml.safe_load((ROOT / "stacks/Pulumi.aws-dev.yaml").read_text())
    if backend:
        document["secretsprovider"] = "awskms://alias/shoestring-state?region=eu-central-1"
        document["config"]["shoestring:backend"] = backend
    (root / "stacks").mkdir()
    (root / "stacks/Pulumi.aws-dev.yaml").write_text(yaml.safe_dump(document))
    return Environment.resolve("aws-dev", root)


def cli(root: Path, missing: str = "", silent: bool = False) -> Path:
    """A pulumi CLI on PATH, and the log of what it was asked. `missing`: how it fails to find a stack."""
    log, file = root / "asked", root / "bin/pulumi"
    file.parent.mkdir()
    words = {"version": VERSION, "log": str(log), "missing": missing, "silent": silent, "line": LINE}
    file.write_text(CLI.format(python=sys.executable, **words))
    file.chmod(0o755)
    return log


def test_with_a_cli_and_a_state_it_says_what_would_change(tmp_path: Path) -> None:
    log = cli(tmp_path)
    found = preview.of(dev(tmp_path))
    assert found == preview.Preview(diff=LINE.strip(), changes="3 to create")
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert {words[0] for words in asked} == {BACKEND}, "nobody else's state is looked at"
    assert {words[1] for words in asked} <= {"stack", "preview"}, "a plan changes nothing"
    assert any("--diff" in words for words in asked)


def test_without_a_cli_a_line_says_so(tmp_path: Path) -> None:
    assert preview.of(dev(tmp_path)).skipped == "there is no Pulumi CLI on PATH; the plan needs none"


def test_without_a_state_it_asks_nobody(tmp_path: Path) -> None:
    log = cli(tmp_path)
    assert "not said where the state of 'aws-dev' is kept" in preview.of(dev(tmp_path, backend=None)).skipped
    assert not log.exists(), "it would ask Pulumi's own cloud"


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("error: no stack named 'aws-dev' found", "There is no stack 'aws-dev' in s3://shoestring-state"),
        ("warning: x\nerror: no credentials were found", "error: no credentials were found"),
    ],
    ids=["no stack", "no credentials"],
)
def test_what_the_cli_can_not_do_is_a_line_and_no_error(tmp_path: Path, missing: str, reason: str) -> None:
    cli(tmp_path, missing)
    found = preview.of(dev(tmp_path))
    assert found.skipped.startswith(reason)
    assert "\n" not in found.skipped


def test_a_cli_that_says_nothing_leaves_a_plan(tmp_path: Path) -> None:
    cli(tmp_path, silent=True)
    found = preview.of(dev(tmp_path))
    assert found.skipped
    assert found.diff == ""
