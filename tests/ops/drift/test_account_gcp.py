"""A firewall rule that somebody adds in Google Cloud, or takes away, is named; what the program made is not."""

from __future__ import annotations

from dataclasses import replace

from ops.cloud.gcp.ways import Described
from ops.drift import account
from ops.environment import Environment
from tests.ops.cloud.conftest import nobody
from tests.ops.cloud.gcp import described
from tests.ops.cloud.gcp.cloud import Cloud, Refusal
from tests.ops.cloud.gcp.conftest import _nobody, cloud, prod
from tests.ops.cloud.gcp.test_ways import PROD, rule

__all__ = ["_nobody", "cloud", "nobody", "prod"]


def names(environment: Environment, cloud: Cloud, there: Described) -> list[str]:
    described.put(cloud, there)
    return sorted(one.name for one in account.openings(environment))


def test_what_the_program_made_is_no_drift(prod: Environment, cloud: Cloud) -> None:
    assert names(prod, cloud, described.of(PROD)[1]) == []


def test_a_rule_added_by_hand_is_named(prod: Environment, cloud: Cloud) -> None:
    _, there = described.of(PROD)
    found = names(prod, cloud, replace(there, rules=[*there.rules, rule()]))
    assert found == ["198.51.100.0/24 to app1 at tcp/22", "198.51.100.0/24 to app2 at tcp/22"]


def test_a_rule_taken_away_is_named(prod: Environment, cloud: Cloud) -> None:
    _, there = described.of(PROD)
    found = names(prod, cloud, replace(there, rules=[one for one in there.rules if "443tcp" not in one["name"][-6:]]))
    assert "0.0.0.0/0 to app1 at tcp/443" in found


def test_a_project_that_can_not_be_asked_is_a_problem_and_no_end(prod: Environment, cloud: Cloud) -> None:
    class Step:
        def note(self, _text: str) -> None:
            """Nobody looks."""

    cloud.says("compute.instances.aggregatedList", Refusal(403, "not yours"))
    found, problems = account.look(prod, Step())  # type: ignore[arg-type]  # all that it asks of a step
    assert found == []
    assert "not yours" in problems[0]
