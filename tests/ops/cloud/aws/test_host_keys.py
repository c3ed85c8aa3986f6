"""Host keys come from the console by the API, whole or not at all, and a first login is never blind."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import yaml
from botocore.stub import Stubber

from infra.aws import user_data
from ops import processes
from ops.cloud import host_keys as shared
from ops.cloud.aws import account, host_keys
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.aws.made import block
from tests.ops.cloud.keys import key

INSTANCE = "i-0123456789abcdef0"


def test_the_keys_are_found_among_the_rest() -> None:
    assert host_keys.of_console(block(f"{key(1)} root@solo", f"{key(2)} root@solo")) == [key(1), key(2)]


def test_what_a_logger_puts_before_a_line_does_not_matter() -> None:
    assert host_keys.of_console(block(f"[   13.1] cloud-init[612]: {key(1)} root@solo")) == [key(1)]


def test_the_last_ones_count() -> None:
    assert host_keys.of_console(block(key(1)) + block(key(2))) == [key(2)], "an image may hold the build's own console"


@pytest.mark.parametrize(
    "text",
    ["", "Linux version 6.12", block(), block(key(1))[: block(key(1)).index("-----END")], block(key(1)[:-8])],
    ids=["empty", "kernel", "no-key", "cut-off", "half-a-key"],
)
def test_what_is_not_whole_is_no_key(text: str) -> None:
    assert host_keys.of_console(text) == [], "a cut-off key would shut everybody out, or be somebody else's"


def test_a_key_outside_the_block_is_none() -> None:
    assert host_keys.of_console(f"{key(1)} root@solo\r\n") == [], "whatever prints a line to a log could plant one"


def test_the_machines_are_told_to_print_them() -> None:
    document = yaml.safe_load(user_data.render("solo", "ssh-ed25519 AAAA"))
    assert document["ssh"]["emit_keys_to_console"], "nothing else hands the keys out"
    assert document["ssh_genkeytypes"] == ["ed25519"]


Answers = Callable[..., None]


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Has EC2 answer with these consoles, one a call; an exception's code stands for a refusal."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    client = boto3.client("ec2", "eu-central-1")
    stub = Stubber(client)
    monkeypatch.setattr(account, "client", lambda _environment, _service: client)
    monkeypatch.setattr(processes, "pause", lambda _seconds: None)
    stub.activate()

    def answers(*texts: str | Exception, latest: bool = True) -> None:
        for text in texts:
            expected: dict[str, Any] = {"InstanceId": INSTANCE} | ({"Latest": True} if latest else {})
            if isinstance(text, Exception):
                stub.add_client_error("get_console_output", str(text), expected_params=expected)
                continue
            encoded = base64.b64encode(text.encode()).decode()
            stub.add_response("get_console_output", {"Output": encoded}, expected)

    return answers


def read(environment: Environment, clock: Callable[[], float] = lambda: 0.0) -> dict[str, list[str]]:
    return shared.read(environment, {"solo": INSTANCE}, lambda _text: None, clock)


def test_a_machine_that_still_boots_is_waited_for(dev: Environment, console: Answers) -> None:
    console("", "Linux version 6.12", block(key(1)))
    assert read(dev) == {"solo": [key(1)]}


def test_only_the_block_is_read(dev: Environment, console: Answers) -> None:
    console(f"{key(1)} somebody@elsewhere\r\n", f"{key(1)} somebody@elsewhere\r\n{block(key(2))}")
    assert read(dev) == {"solo": [key(2)]}


def test_keys_seen_once_are_remembered(dev: Environment, console: Answers) -> None:
    console(block(key(1)))
    read(dev)
    assert read(dev) == {"solo": [key(1)]}, "a console forgets, and the stub has no second answer"
    assert (dev.state / shared.KNOWN).stat().st_mode & 0o777 == 0o600


def test_a_machine_made_anew_is_asked_again(dev: Environment, console: Answers) -> None:
    dev.make_state()
    (dev.state / shared.KNOWN).write_text('{"i-00000000000000000": ["ssh-ed25519 AAAA"]}')
    console(block(key(2)))
    assert read(dev) == {"solo": [key(2)]}, "the keys are the instance's, not the name's"


def test_older_machines_have_no_latest_console(dev: Environment, console: Answers) -> None:
    console(Exception("UnsupportedOperation"))
    console(block(key(1)), latest=False)
    assert read(dev) == {"solo": [key(1)]}


def test_a_console_without_keys_ends_in_words(dev: Environment, console: Answers) -> None:
    console("", "")
    times = iter([0.0, 1.0, shared.PATIENCE + 1])
    with pytest.raises(OperationError, match=f"solo \\({INSTANCE}\\) shows no whole SSH host key") as caught:
        read(dev, lambda: next(times))
    assert shared.KNOWN in caught.value.fix
    assert not (dev.state / shared.KNOWN).exists()


def test_a_refusal_is_no_empty_console(dev: Environment, console: Answers) -> None:
    console(Exception("UnauthorizedOperation"))
    with pytest.raises(OperationError, match="AWS refused") as caught:
        read(dev)
    assert "no Footprint was written" in caught.value.consequence
