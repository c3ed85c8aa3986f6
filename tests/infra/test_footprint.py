"""Good Footprints of every kind are accepted, and come out complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra import footprint as module
from infra.footprint import Footprint
from infra.problems import FootprintError
from tests.infra.footprints import changed, key, three, write
from tests.infra.good import GOOD

STACKS = Path(__file__).resolve().parents[2] / "stacks"

TEN_LINES = f"""\
schema: 1
environment: one
accept: [backups-on-database-host]
hosts:
  - {{name: one, address: 10.20.0.5, ssh: {{user: deploy, host_keys: [{key(5)}]}},
     groups: [database, bucket, tracking, orchestrator, telemetry, proxy, service, dashboard]}}
network: {{private_cidrs: [10.20.0.0/24], admin_cidrs: [192.168.7.0/24], public_cidrs: [0.0.0.0/0, "::/0"]}}
public: {{names: [predict.internal]}}
database: {{kind: host}}
buckets: {{artifacts: {{kind: host}}, backups: {{kind: host}}}}
"""


def test_ten_lines_put_everything_on_one_host(tmp_path: Path) -> None:
    file = tmp_path / "one" / "footprint.yml"
    file.parent.mkdir()
    file.write_text(TEN_LINES)
    footprint = Footprint.load(file)
    assert len(TEN_LINES.splitlines()) == 10
    assert [host.name for host in footprint.hosts] == ["one"]
    assert len(footprint.hosts[0].groups) == 8, "one VM can hold all groups"
    plain = footprint.plain()
    assert (plain["schema"], plain["producer"], plain["generated_at"]) == (1, "hand", None)
    assert plain["public"]["certificate"] == "internal"
    assert plain["hosts"][0]["ssh"] == {
        "address": "10.20.0.5",
        "port": 22,
        "user": "deploy",
        "host_keys": [key(5)],
        "via": "direct",
    }


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_good_ones_are_accepted_in_both_forms(document: dict[str, Any], tmp_path: Path) -> None:
    plain = Footprint.load(write(tmp_path, document, "yml")).plain()
    assert plain == Footprint.load(write(tmp_path, document, "json")).plain()
    assert plain == json.loads(json.dumps(plain)), "Ansible gets JSON types only"
    assert Footprint.model_validate(plain).plain() == plain, "what comes out is a Footprint itself"


def test_comments_of_host_keys_do_not_reach_known_hosts() -> None:
    footprint = Footprint.model_validate(GOOD["key with comment"])
    assert footprint.hosts[0].ssh.host_keys == [key(1)]


def test_contradictions_are_refused_without_a_file_too() -> None:
    with pytest.raises(ValueError, match="at most one host in database"):
        Footprint.model_validate(changed(three(), "hosts.1.groups", ["database"]))


def test_the_committed_schema_is_current() -> None:
    assert (STACKS / "footprint.schema.json").read_text() == module.schema(), (
        "run: python -m infra.footprint schema > stacks/footprint.schema.json"
    )


def test_the_example_for_own_servers_is_refused_placeholder_by_placeholder() -> None:
    file = STACKS / "onprem" / "footprint.yml"
    blanks = [line for line in file.read_text().splitlines() if "<" in line.split("#")[0]]
    with pytest.raises(FootprintError) as caught:
        Footprint.load(file)
    assert all("placeholder" in problem.found for problem in caught.value.problems), "nothing else is wrong with it"
    assert len(caught.value.problems) == len(blanks) == 12, "all at once, each by name"


def test_the_example_filled_in_is_good(tmp_path: Path) -> None:
    text = (STACKS / "onprem" / "footprint.yml").read_text()
    for number, name in enumerate(("app1", "app2", "data1"), 11):
        text = text.replace(f"<fill in {name}'s IP address>", f"10.20.0.{number}")
        text = text.replace(f"<fill in {name}'s public host key>", key(number))
    for blank, value in {
        "<fill in the user with sudo>": "deploy",
        "<fill in the hosts' network>": "10.20.0.0/24",
        "<fill in the network that you administer from>": "192.168.7.0/24",
        "<fill in the DNS name of the service>": "predict.internal",
    }.items():
        text = text.replace(blank, value)
    file = tmp_path / "onprem" / "footprint.yml"
    file.parent.mkdir()
    file.write_text(text)
    assert len(Footprint.load(file).hosts) == 3


@pytest.mark.parametrize("arguments", [["schema"], ["check", "FILE"], ["check", "/nowhere/footprint.yml"], []])
def test_the_command_tells_good_from_bad(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(write(tmp_path, three()))
    code = module.main([good if word == "FILE" else word for word in arguments])
    assert code == {"schema": 0, "FILE": 0, "/nowhere/footprint.yml": 1}.get(arguments[-1] if arguments else "", 2)
    captured = capsys.readouterr()
    assert bool(captured.out) == (code == 0)
    assert bool(captured.err) == (code != 0)
