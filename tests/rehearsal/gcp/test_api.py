"""The emulated project answers as Google's documents have it, from what the program made."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from rehearsal.gcp.api import GUESTS, ROUTES, Emulated
from tests.ops.cloud.gcp import schema
from tests.rehearsal.gcp import projects

PROJECT = "example-shoestring"
COMPUTE = f"/compute/v1/projects/{PROJECT}"
ASKED = {
    f"/v1/projects/{PROJECT}": ("cloudresourcemanager", "Project"),
    f"{COMPUTE}/aggregated/instances": ("compute", "InstanceAggregatedList"),
    f"{COMPUTE}/global/firewalls": ("compute", "FirewallList"),
    f"{COMPUTE}/aggregated/addresses": ("compute", "AddressAggregatedList"),
}
"""Path -> whose schema the answer has."""


@pytest.fixture(params=projects.STACKS)
def here(request: pytest.FixtureRequest) -> Emulated:
    return projects.standing(request.param)[0]


def machine(here: Emulated) -> str:
    """The path of one."""
    entry = here.of("gcp:compute/instance:Instance")[0]
    return f"{COMPUTE}/zones/{entry.inputs['zone']}/instances/{entry.outputs['name']}"


@pytest.mark.parametrize("path", ASKED)
def test_an_answer_has_the_form_of_the_document(here: Emulated, path: str) -> None:
    service, name = ASKED[path]
    answer = here.answer("GET", path, {})
    assert answer is not None
    assert list(schema.faults(service, {"$ref": name}, answer, path)) == []


def test_so_has_that_of_one_machine(here: Emulated) -> None:
    answer = here.answer("GET", machine(here), {})
    assert answer is not None
    assert list(schema.faults("compute", {"$ref": "Instance"}, answer, "instance")) == []


def test_every_call_is_one_that_google_has(here: Emulated) -> None:
    secret = f"/v1/projects/{PROJECT}/secrets/s/versions/1:access"
    paths = [*ASKED, machine(here), f"{machine(here)}/getGuestAttributes", secret]
    for pattern, verb, _ in ROUTES:
        (path,) = (one for one in paths if re.fullmatch(pattern, one))
        services = {"compute": path.removeprefix("/compute/v1/")} if path.startswith("/compute") else {}
        services = services or {one: path.lstrip("/") for one in ("cloudresourcemanager", "secretmanager")}
        assert any(schema.route(one, verb, rest) for one, rest in services.items()), path


def test_machines_are_found_by_their_label(here: Emulated) -> None:
    stack = here.of("gcp:compute/instance:Instance")[0].inputs["labels"]["environment"]
    path = f"{COMPUTE}/aggregated/instances"
    ours = here.answer("GET", path, {"filter": f"labels.environment={stack}"})
    theirs = here.answer("GET", path, {"filter": "labels.environment=other"})
    assert ours is not None
    assert theirs is not None
    found = [one["name"] for zone in ours["items"].values() for one in zone["instances"]]
    assert len(found) == len(projects.settings(stack).hosts)
    assert theirs["items"] == {}


def test_host_keys_are_told_once_the_machine_has_booted(tmp_path: Any) -> None:
    standing, _ = projects.standing("gcp-dev")
    here = Emulated(tmp_path, standing.project)
    (tmp_path / "registry.json").write_text((standing.directory / "registry.json").read_text())
    path, query = f"{machine(here)}/getGuestAttributes", {"queryPath": "hostkeys/"}
    assert here.answer("GET", path, query) is None, "Google says 404 before"
    (tmp_path / GUESTS).mkdir()
    name = machine(here).rpartition("/")[2]
    (tmp_path / GUESTS / f"{name}.json").write_text(json.dumps({"ssh-ed25519": "AAAA"}))
    answer = here.answer("GET", path, query)
    assert answer is not None
    assert list(schema.faults("compute", {"$ref": "GuestAttributes"}, answer, "keys")) == []
    assert answer["queryValue"]["items"] == [{"namespace": "hostkeys", "key": "ssh-ed25519", "value": "AAAA"}]


def test_the_administrator_s_password_is_in_its_secret() -> None:
    here, made = projects.standing("gcp-prod")
    reference = made.outputs["footprint"]["database"]["admin"]["secret"].removeprefix("gcp-sm:")
    answer = here.answer("GET", f"/v1/{reference}:access", {})
    assert answer is not None
    password = base64.b64decode(answer["payload"]["data"]).decode()
    (user,) = here.of("gcp:sql/user:User")
    assert password == user.inputs["password"]
    assert len(password) == 40
    assert here.answer("GET", f"/v1/{reference.replace('admin', 'other')}:access", {}) is None


def test_what_is_not_there_is_not_found(here: Emulated) -> None:
    for path in (f"{COMPUTE}/zones/us-central1-b/instances/nobody", "/compute/v1/projects/x/global/images", "/"):
        assert here.answer("GET", path, {}) is None
