"""gcp-prod rehearsed: two machines behind one door, reached by Google's tunnel, and a managed database."""

from __future__ import annotations

import re

import pytest

from rehearsal.planes.hosts import MANAGED
from tests.hosts import cloud as clouds
from tests.hosts import managed
from tests.hosts.cloud import Cloud
from tests.hosts.test_rehearse_prod import SERVING
from tests.hosts.test_requests import FLIGHT

pytestmark = pytest.mark.full
PHASES = {"Account", "Cloud", "Machines", "Buckets", "Database", "Footprint", "Boot", "Configure", "Deploy", "Verify"}
SECRETS = "registry.json"
"""The emulated Secret Manager."""
first, cloud = clouds.fixtures("test-gprod")


def test_it_says_what_was_made_what_it_costs_and_what_was_proved(first: tuple[Cloud, str]) -> None:
    cloud, said = first
    assert clouds.phases(said) >= PHASES
    assert "43 resources" in said
    assert "177.67 USD a month" in said, "as `make plan` and README's table have it"
    footprint = cloud.footprint()
    assert f"The model came from gs://{footprint['buckets']['artifacts']['name']}/models/" in said
    assert re.search(r"Cloud SQL would keep 30 backups of test-gprod-rehearsed-database-\w+ by itself", said)


def test_a_row_is_in_the_managed_database_whichever_host_answered(cloud: Cloud) -> None:
    status, answer = cloud.predict([FLIGHT])
    assert status == 200
    ids = [answer["predictions"][0]["id"], *(managed.predict_at(cloud, name) for name in SERVING)]
    managed.arrived(cloud, *ids)
    for name in SERVING:
        assert managed.found(cloud, name, *ids) == "", f"{name} keeps rows that are in the database"


def test_the_admins_password_is_only_where_secret_manager_keeps_it(cloud: Cloud) -> None:
    password = managed.password(cloud)
    assert len(password) == 40
    for name in (*SERVING, MANAGED):
        assert managed.found(cloud, name, password) == "", name
    files = managed.here(cloud)
    assert "footprint.json" in files
    assert [name for name, content in files.items() if password.encode() in content] == [SECRETS]


def test_no_host_has_a_key_or_a_token_to_a_bucket(cloud: Cloud) -> None:
    """What a host fetches by a token of an hour is not kept, nor the token logged."""
    for name in (*SERVING, MANAGED):
        assert managed.found(cloud, name, "ya29.", '"client_email"') == "", name


def test_the_projects_rules_open_what_the_table_says(cloud: Cloud) -> None:
    """Read by plain lists of firewall rules and machines, as `make drift` reads a real project's."""
    said = cloud.verb("drift")
    assert said.returncode == 0, said.stdout


def test_hosts_are_reached_by_the_tunnel_alone(cloud: Cloud) -> None:
    """Not even from the controller's own address in the network, which is none of Google's proxy."""
    for name in SERVING:
        said = cloud.ssh(name, "nft list ruleset").stdout
        (line,) = (one for one in said.splitlines() if re.search(r"tcp dport 22\b", one))
        assert "35.235.240.0/20" in line
        assert cloud.hosts()[name].rpartition(".")[0] not in line
