"""Host keys come from the guest attributes by the API, whole or not at all, and a first login is never blind."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from infra.gcp import user_data
from ops.cloud import host_keys as shared
from ops.cloud.gcp import host_keys
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.gcp.cloud import Cloud, Refusal
from tests.ops.cloud.gcp.made import PROJECT, machine, path
from tests.ops.cloud.keys import key

SOLO = machine("10.20.0.10")
INSTANCE = path(SOLO)
ASK, GET = "compute.instances.getGuestAttributes", "compute.instances.get"
NOT_YET = Refusal(404, "The resource 'hostkeys/' of type 'Guest Attribute' was not found.")


def attributes(*keys: str, namespace: str = "hostkeys") -> dict[str, Any]:
    """As Google's guest agent writes them: an entry a key, its type and its base64."""
    items = [{"namespace": namespace, "key": kind, "value": value} for kind, _, value in map(_split, keys)]
    return {"queryPath": "hostkeys/", "queryValue": {"items": items}}


def _split(text: str) -> tuple[str, str, str]:
    return text.partition(" ")


@pytest.fixture(autouse=True)
def _number(cloud: Cloud) -> None:
    cloud.says(GET, {"id": SOLO["id"]})


def read(environment: Environment, clock: Callable[[], float] | None = None) -> dict[str, list[str]]:
    """By a clock on which each look takes a minute."""
    minutes = itertools.count(0.0, 60.0)
    return shared.read(environment, {"solo": INSTANCE}, lambda _text: None, clock or (lambda: next(minutes)))


def test_the_keys_are_the_entries_of_their_namespace(dev: Environment, cloud: Cloud) -> None:
    cloud.says(ASK, attributes(key(1), key(2)))
    assert host_keys.keys(dev, INSTANCE) == [key(1), key(2)]
    (asked,) = cloud.asked(ASK)
    assert asked == {
        "project": PROJECT,
        "zone": "us-central1-b",
        "instance": "gcp-dev-solo-1a2b3c4",
        "queryPath": "hostkeys/",
    }
    cloud.says(ASK, attributes(key(1), namespace="else"))
    assert host_keys.keys(dev, INSTANCE) == [], "anybody there may have written it for another purpose"


@pytest.mark.parametrize("value", ["", "AAAA", key(1).split(" ")[1][:-8], "not base64"])
def test_what_is_not_whole_is_no_key(dev: Environment, cloud: Cloud, value: str) -> None:
    cloud.says(ASK, attributes(f"ssh-ed25519 {value}", f"ssh-dss {value}"))
    assert host_keys.keys(dev, INSTANCE) == [], "a cut-off key would shut everybody out, or be somebody else's"


def test_the_machines_are_told_to_have_them() -> None:
    assert user_data.metadata("ssh-ed25519 AAAA")["enable-guest-attributes"] == "TRUE", (
        "nothing else hands the keys out"
    )


def test_a_machine_that_still_boots_is_waited_for(dev: Environment, cloud: Cloud) -> None:
    cloud.says(ASK, NOT_YET, {"queryPath": "hostkeys/"}, attributes(key(1)))
    assert read(dev) == {"solo": [key(1)]}
    assert len(cloud.asked(ASK)) == 3


def test_keys_seen_once_are_remembered(dev: Environment, cloud: Cloud) -> None:
    """Any process on the machine can write there later, and none of ours ran before the first reading."""
    cloud.says(ASK, attributes(key(1)), attributes(key(66)))
    read(dev)
    assert read(dev) == {"solo": [key(1)]}
    assert (dev.state / shared.KNOWN).stat().st_mode & 0o777 == 0o600


def test_a_machine_made_anew_under_the_same_name_is_asked_again(dev: Environment, cloud: Cloud) -> None:
    cloud.says(ASK, attributes(key(1)), attributes(key(2)))
    cloud.says(GET, {"id": "1"}, {"id": "2"})
    read(dev)
    assert read(dev) == {"solo": [key(2)]}, "the keys are the machine's, not the name's"


def test_a_machine_without_keys_ends_in_words(dev: Environment, cloud: Cloud) -> None:
    cloud.says(ASK, NOT_YET)
    times = iter([0.0, 1.0, shared.PATIENCE + 1])
    with pytest.raises(OperationError, match=r"solo \(projects/.*\) shows no whole SSH host key") as caught:
        read(dev, lambda: next(times))
    command = "gcloud compute instances get-guest-attributes gcp-dev-solo-1a2b3c4 --query-path=hostkeys/ "
    assert caught.value.fix.startswith(f"{command}--project {PROJECT} --zone us-central1-b shows")
    assert shared.KNOWN in caught.value.fix
    assert not (dev.state / shared.KNOWN).exists()


def test_a_refusal_is_no_machine_that_boots(dev: Environment, cloud: Cloud) -> None:
    cloud.says(ASK, Refusal(403, "Required 'compute.instances.getGuestAttributes' permission"))
    with pytest.raises(OperationError, match=r"refused \(403\)") as caught:
        read(dev)
    assert "no Footprint was written" in caught.value.consequence
