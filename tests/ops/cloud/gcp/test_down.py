"""`down` in Google Cloud: each protection is lifted where it is, the data goes last, and what costs yet is told."""

from __future__ import annotations

from typing import Any

import pytest

from ops.cloud import down, held, state
from ops.cloud.gcp import costs, protection
from ops.environment import Environment
from ops.steps import Steps
from tests.ops.cloud.cli import Cli
from tests.ops.cloud.gcp.cloud import Cloud
from tests.ops.cloud.gcp.made import PROJECT, machine, path
from tests.ops.cloud.gcp.test_costs import furnish
from tests.ops.cloud.test_down import verbs
from tests.ops.cloud.test_state import recorded

DONE = {"name": "operation-1", "status": "DONE"}


@pytest.fixture
def there(stated: Environment, cli: Cli, cloud: Cloud) -> Environment:
    """`gcp-dev`, of which the state says that all is there, and the project that nothing costs."""
    resources = recorded("gcp-dev")
    for one in resources:
        one["inputs"] = {"deletionProtection": True} if one["type"] in protection.HELD else {}
        one["id"] = path(machine("10.20.0.10")) if one["type"] == protection.INSTANCE else one["id"]
    cli.has(*resources)
    cloud.says("cloudresourcemanager.projects.get", {"projectId": PROJECT, "lifecycleState": "ACTIVE"})
    cloud.says("compute.instances.setDeletionProtection", DONE)
    cloud.lists("storage.objects.list", [{"name": "a", "generation": "1"}])
    cloud.says("storage.objects.delete", None)
    furnish(cloud)
    stated.directory.mkdir()
    (stated.directory / "footprint.json").write_text("{}")
    return stated


@pytest.fixture
def let(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The types that are let go in the state, in their order; the state itself is another test's."""
    found: list[set[str]] = []

    def let_go(_environment: Environment, _stack: Any, wanted: Any, urns: set[str], consequence: str) -> None:
        assert wanted == protection.HELD
        assert consequence == protection.STOPPED
        found.append({urn.split("::")[2].rpartition("$")[2] for urn in urns})

    monkeypatch.setattr(held, "let_go", let_go)
    return found


def test_what_is_kept_is_no_target(there: Environment, cli: Cli, cloud: Cloud, let: list[set[str]]) -> None:
    said = down.run(there, "gcp-dev", "", Steps)
    assert said == "Nothing of gcp-dev is left that costs money."
    assert verbs(cli) == ["destroy"]
    call = next(call for call in cli.calls if "|--non-interactive destroy" in call)
    targets = {word for word in call.split() if word.startswith("urn:")}
    found = state.entries({"resources": recorded("gcp-dev")})
    assert targets == {entry.urn for entry in found} - state.kept(found), "all but the data, by name"
    assert len(cloud.asked("compute.instances.setDeletionProtection")) == 1
    assert let == [{protection.INSTANCE}], "Pulumi's provider asks the state first"
    assert cloud.asked("storage.objects.delete") == []


def test_with_the_data_the_machines_go_first(there: Environment, cli: Cli, cloud: Cloud, let: list[set[str]]) -> None:
    down.run(there, "gcp-dev", "delete", Steps)
    assert verbs(cli) == ["destroy", "state unprotect", "destroy"], "a machine would go on writing to the bucket"
    first = next(call for call in cli.calls if "|--non-interactive destroy" in call)
    assert protection.BUCKET not in first
    assert {one["bucket"] for one in cloud.asked("storage.objects.delete")} == {"gcp-dev-artifacts", "gcp-dev-backups"}
    assert let[0] == {protection.INSTANCE}


def test_the_data_is_named_before_the_name_is_asked_for(there: Environment) -> None:
    found = state.entries({"resources": recorded("gcp-prod")})
    said = down.told(there, found, state.kept(found))
    assert "The data stays" in said
    assert "DatabaseInstance gcp-prod-database" in said
    assert "Bucket gcp-prod-backups" in said


def test_what_could_not_be_listed_names_googles_own_page(there: Environment, cloud: Cloud, let: list[set[str]]) -> None:
    cloud.says("storage.buckets.list", {"kind": "storage#buckets"})
    cloud.lists("storage.buckets.list", [{"name": "b", "labels": {"environment": "gcp-dev"}}])
    assert "bucket b: by what it holds" in down.run(there, "gcp-dev", "", Steps)
    assert "Google Cloud's billing console" in costs.NOTHING_KNOWN
    assert let
