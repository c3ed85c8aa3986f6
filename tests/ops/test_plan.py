"""`plan`: what people and programs read of it, that it needs nobody, and that it never says yes to what is refused."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from rich.console import Console

from infra.prices import table
from ops import plan, show_plan
from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.plan import Plan

# What a plan may use: this machine. A connection to any other is what a network, an account or a telemetry would need.
ALONE = """
import ipaddress, socket, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise SystemExit(f"the plan talks to {address}")
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in ("localhost", "127.0.0.1", None):
        raise SystemExit(f"the plan looks up {arguments[0]}")

sys.addaudithook(refuse)
if sys.argv[1:] == ["probe"]:
    socket.socket().connect(("192.0.2.1", 443))
from ops.cli import app
app()
"""
# The same with a repository's root of the test's own, as in test_cli.py.
ROOTED = """
import sys
from pathlib import Path
from ops.environment import Environment
Environment.resolve.__func__.__defaults__ = (Path(sys.argv.pop(1)),)
from ops.cli import app
app()
"""
README = (ROOT / "README.md").read_text()
TODAY = date(2026, 11, 26)


def run(script: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Without credentials, configuration or a CLI on PATH."""
    bare = {"HOME": str(home), "PATH": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False, timeout=120)


@functools.cache
def all_plans() -> list[Plan]:
    with no_cli():
        return plan.run("all", TODAY)


def no_cli() -> Any:
    """Where these tests run there may be a Pulumi CLI, and a state for it."""
    return mock.patch.dict(os.environ, {"PATH": ""})


def of(name: str) -> Plan:
    return next(each for each in all_plans() if each.environment == name)


def printed(*plans: Plan) -> str:
    console = Console(width=80, highlight=False)
    with console.capture() as capture:
        show_plan.text(plans, console)
    return capture.get()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    return tmp_path


@pytest.fixture
def stack(root: Path) -> Callable[..., Environment]:
    """aws-dev with other settings, in a repository's root of its own."""

    def write(**settings: Any) -> Environment:
        document = yaml.safe_load((ROOT / "stacks/Pulumi.aws-dev.yaml").read_text())
        document["config"] |= {f"shoestring:{key}": value for key, value in settings.items()}
        (root / "stacks/Pulumi.aws-dev.yaml").write_text(yaml.safe_dump(document))
        return Environment.resolve("aws-dev", root)

    return write


def test_production_is_planned_alone(tmp_path: Path) -> None:
    """No credentials, no CLI, no network: else nobody looks before they make. `make bench` has its seconds."""
    done = run(ALONE, tmp_path, "plan", "--env", "aws-prod", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["result"], found["environment"]) == ("ok", "aws-prod")
    assert found["preview"]["skipped"] == "there is no Pulumi CLI on PATH; the plan needs none"


def test_the_probe_of_the_test_above_would_see_a_connection(tmp_path: Path) -> None:
    done = run(ALONE, tmp_path, "probe")
    assert done.returncode == 1
    assert "the plan talks to ('192.0.2.1', 443)" in done.stderr


def test_programs_read_sums_resources_and_verdicts() -> None:
    found = of("aws-dev").plain()
    json.dumps(found)
    assert found["monthly_usd"] == {"fixed": "22.13", "usage": "1.68", "total": "23.81", "budget": 30}
    assert {"rule", "reason", "type", "resource", "ok", "message", "setting"} == set(found["verdicts"][0])
    urns = {one["urn"] for one in found["resources"]}
    parents = [one["parent"] for one in found["resources"] if one["type"] != "shoestring:aws:Environment"]
    assert set(parents) <= urns
    charged = {line["resource"] for line in found["lines"]}
    assert charged == {one["name"] for one in found["resources"] if one["type"].startswith("aws:")}


def test_the_same_plan_twice_is_the_same() -> None:
    """The program registers from several threads; a plan is kept beside a review and compared."""
    with no_cli():
        again = plan.of(Environment.resolve("aws-dev"), TODAY)
    assert again.plain() == of("aws-dev").plain()


@pytest.mark.parametrize("name", ["aws-dev", "aws-prod", "gcp-dev", "gcp-prod"])
def test_people_read_every_resource_sum_and_rule(name: str) -> None:
    """However narrow their terminal: nothing is cut off."""
    text, found = printed(of(name)), of(name)
    for one in found.resources:
        if not one.type.startswith("pulumi:"):
            assert re.search(rf"^ +{one.type.rpartition(':')[2]} {re.escape(one.name)}$", text, re.MULTILINE), one.urn
    for line in found.lines:
        assert line.note in text
        assert line.usd is None or f"{line.usd:9,.2f}  {line.what}, {line.resource}" in text
    for rule in {verdict.rule for verdict in found.verdicts}:
        assert re.search(rf"^  ok +{rule}: \d+$", text, re.MULTILINE), rule
    assert f"{found.fixed:9,.2f}  fixed" in text
    assert "pulumi preview was skipped: there is no Pulumi CLI on PATH" in text


def test_all_stand_side_by_side() -> None:
    assert [each.environment for each in all_plans()] == ["aws-dev", "aws-prod", "gcp-dev", "gcp-prod"]
    text = printed(*all_plans())
    for row in show_plan.rows(all_plans()):
        assert re.search(r"^ *" + r" +".join(map(re.escape, row)) + r" *$", text, re.MULTILINE), row


def test_the_rows_add_up() -> None:
    """A kind of cost that the table forgets would make the sum right and the rows a lie."""
    head, *body = show_plan.rows(all_plans())
    for column in range(1, len(head)):
        sums = {row[0]: float(row[column].replace(",", "").replace("-", "0")) for row in body}
        kinds = [usd for kind, usd in sums.items() if kind not in ("fixed", "paid by use", "in all")]
        assert sum(kinds) == pytest.approx(sums["fixed"])
        assert sums["fixed"] + sums["paid by use"] == pytest.approx(sums["in all"])


def test_the_readme_has_the_table_that_plan_prints() -> None:
    """On its side there, to be short: an environment a row."""
    head, *body = zip(*show_plan.rows(all_plans()), strict=True)
    rule = ["---", *["---:"] * (len(head) - 1)]
    markdown = "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))
    assert f"\n\n{markdown}\n\n" in README, f"README's table of prices should be:\n{markdown}"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 120


def test_a_guardrail_that_fails_fails_the_plan(root: Path, stack: Callable[..., Environment], tmp_path: Path) -> None:
    """Through make too, a plan that is refused must not look like one that passed."""
    stack(budget={"monthly_usd": 20, "emails": ["me@acme.dev"]})
    done = run(ROOTED, tmp_path, str(root), "plan", "--env", "aws-dev")
    assert done.returncode == 1
    fault = (
        "cost-ceiling: aws-dev: 22.13 USD a month; the limit is 20 USD, and `shoestring:budget.monthly_usd` raises it"
    )
    assert fault in done.stdout
    assert "1 of 135 verdicts are bad: it would not be made" in done.stdout
    done = run(ROOTED, tmp_path, str(root), "plan", "--env", "aws-dev", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["result"] == "refused"


def test_what_has_no_price_fails_closed(root: Path, stack: Callable[..., Environment], tmp_path: Path) -> None:
    stack(
        limits={"machines": ["m6a.48xlarge"]},
        hosts=[{"name": "solo", "groups": ["proxy", "service", "database"], "machine": "m6a.48xlarge"}],
    )
    done = run(ROOTED, tmp_path, str(root), "plan", "--env", "aws-dev")
    assert done.returncode == 1
    assert "error: There is no price for ec2/m6a.48xlarge in eu-central-1, which aws-dev-solo needs." in done.stderr
    assert "make prices ADD=ec2/m6a.48xlarge REGION=eu-central-1" in done.stderr
    assert done.stdout == ""


def test_bad_settings_are_told_before_anything_is_planned(
    root: Path, stack: Callable[..., Environment], tmp_path: Path
) -> None:
    stack(teir="dev")
    done = run(ROOTED, tmp_path, str(root), "plan", "--env", "aws-dev")
    assert done.returncode == 1
    assert "did you mean `shoestring:tier`?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["local", "onprem"])
def test_what_is_in_no_cloud_has_no_plan(name: str) -> None:
    with pytest.raises(OperationError, match=f"'{name}' is in no cloud") as caught:
        plan.run(name)
    assert "make plan ENV=aws-dev" in caught.value.fix


def test_example_values_are_warned_of_and_no_fault() -> None:
    """The stacks of the repository are planned as they stand; made, they would write to nobody."""
    assert [warning.partition(" has ")[2] for warning in of("aws-prod").warnings] == [
        'the example value "predict.example.com": write your own before `make up`',
        'the example value "ops@example.com": write your own before `make up`',
    ]
    assert of("aws-prod").result == "ok"
    assert "warning: stacks/Pulumi.aws-prod.yaml: config.shoestring:names[0]" in printed(of("aws-prod"))


def test_settings_of_ones_own_are_not_warned_of(stack: Callable[..., Environment]) -> None:
    environment = stack(budget={"monthly_usd": 30, "emails": ["me@acme.dev"]})
    assert plan.warnings(environment, environment.settings(), table.load(), TODAY) == []


def test_old_prices_are_warned_of(stack: Callable[..., Environment]) -> None:
    environment = stack(budget={"monthly_usd": 30, "emails": ["me@acme.dev"]})
    later = TODAY + timedelta(days=181)
    (warning,) = plan.warnings(environment, environment.settings(), table.load(), later)
    assert "run `make prices`" in warning
