"""What cloud-init is told at a first boot. That it holds no secret is looked for in test_exists_machines.py."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from infra.aws import user_data
from infra.problems import SettingsError
from tests.infra.aws import plans

LONGEST = 16 * 1024  # bytes, says docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html


@pytest.fixture
def told() -> dict[str, Any]:
    text = user_data.render("app1")
    assert text.startswith("#cloud-config\n")
    assert len(text.encode()) < LONGEST
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    return document


def test_deploy_logs_in_with_the_key_pair_and_nobody_else_does(told: dict[str, Any]) -> None:
    """The default user, and no other, is given the key pair; the image's own admin is not made beside it."""
    user = told["user"]
    assert told["users"] == ["default"]
    assert user["name"] == "deploy"
    assert user["groups"] == [], "those of the image's admin would be added"
    assert "ssh_authorized_keys" not in {*told, *user}, "to take a key away would stop the machine"
    assert user["sudo"] == "ALL=(ALL) NOPASSWD:ALL", "it has no password to give"
    assert told["disable_root"] is True
    assert told["ssh_pwauth"] is False


def test_the_host_makes_its_keys_and_says_them_where_the_api_reads_them(told: dict[str, Any]) -> None:
    assert told["ssh_deletekeys"] is True, "keys that came with the image are everybody's"
    assert told["ssh_genkeytypes"] == ["ed25519"]
    assert told["ssh"] == {"emit_keys_to_console": True}, "else the first connection is blind"


def test_packages_come_from_the_images_own_mirror_or_from_the_one_that_is_set(told: dict[str, Any]) -> None:
    assert "apt" not in told
    set_ = yaml.safe_load(user_data.render("app1", "https://mirror.acme.dev/debian"))["apt"]
    assert [one["uri"] for one in set_["primary"]] == ["https://mirror.acme.dev/debian"]
    assert [one["uri"] for one in set_["security"]] == ["https://mirror.acme.dev/debian-security"]
    assert {"python3", "python3-apt"} <= set(told["packages"]), "Ansible needs both"


def test_a_mirror_is_the_hosts_and_ansibles_and_answers_by_tls() -> None:
    """Security groups let 443 out, and not 80."""
    _, made = plans.changed("aws-prod", mirror="https://mirror.acme.dev/debian")
    assert all("https://mirror.acme.dev/debian" in machine.inputs["userData"] for machine in plans.machines(made))
    assert made.outputs["footprint"]["network"]["apt_mirror"] == "https://mirror.acme.dev/debian"
    with pytest.raises(SettingsError, match="mirror"):
        plans.changed("aws-prod", mirror="http://mirror.acme.dev/debian")


def test_two_machines_differ_in_their_name_only() -> None:
    one, other = user_data.render("app1"), user_data.render("app2")
    assert one.replace("app1", "app2") == other
    assert user_data.render("app1") == one, "a change stops and starts the machine"
