"""A bad stack file stops the real program before it asks the cloud anything: nothing is made, on any input below.

The whole table of bad_settings.py goes through the program, as `make plan` and `pulumi up` both run it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.problems import SettingsError
from infra.settings import Settings
from rehearsal import program
from rehearsal.program import Resource
from tests.infra.bad_settings import BAD, KEPT_AS_TEXT
from tests.infra.footprints import changed
from tests.infra.stacks import dev, written

REQUIRED = {
    "unknown key": ("a key of nobody", "misspelt"),
    "wrong type": ("hosts as text", "a number as text", "nat in words"),
    "impossible CIDR": ("no network", "impossible length", "host bits", "IPv6 inside"),
    "overlapping CIDR": ("overlapping with another", "within another", "admins inside"),
    "region without prices": ("a region without prices",),
    "machine type outside the list": ("an expensive machine", "an arm64 machine"),
    "prod without deletion protection": ("prod without protection",),
    "budget absent": ("budget missing", "no figure in the budget", "nobody is told of the budget"),
    "admin CIDR of 0.0.0.0/0": ("everybody an admin", "everybody an admin, directly", "everybody by IPv6 an admin"),
    "spot count over its limit": ("a spot machine", "two spot machines"),
    "GPU count over its limit": ("a GPU", "GPUs beyond a limit that was raised"),
    "too many machines": ("five hosts",),
}
"""What issue 5 wants refused -> the cases of it."""


class Untouched:
    """A cloud that nobody may ask for anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        self.asked.append(resource.name)
        return resource.name, {}

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(f"{token} {arguments}")
        return {}


@pytest.mark.parametrize("name", [name for name in BAD if name not in KEPT_AS_TEXT])
def test_the_program_stops_before_it_asks_for_anything(name: str, tmp_path: Path) -> None:
    cloud, bad = Untouched(), BAD[name]
    with pytest.raises(SettingsError) as caught:
        program.run(written(tmp_path, changed(bad.base, bad.at, bad.value)), cloud)
    assert cloud.asked == []
    assert bad.path in [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize("kind", REQUIRED)
def test_what_has_to_be_refused_is_in_the_table(kind: str) -> None:
    assert set(REQUIRED[kind]) <= set(BAD)


@pytest.mark.parametrize(
    ("limits", "hosts"),
    [
        ({"spot": 1}, {"spot": True}),
        ({"gpus": 4, "machines": ["g4dn.12xlarge"]}, {"machine": "g4dn.12xlarge"}),
        ({"machines": ["m6a.48xlarge"]}, {"machine": "m6a.48xlarge"}),
    ],
    ids=["spot", "gpus", "machines"],
)
def test_a_limit_that_is_raised_on_purpose_is_one(limits: dict[str, Any], hosts: dict[str, Any]) -> None:
    """The fix that a refusal names is all that it takes."""
    config = dev() | {"shoestring:limits": limits}
    config["shoestring:hosts"] = [config["shoestring:hosts"][0] | hosts]
    assert Settings.of("aws-dev", config, "x").hosts[0].model_dump().items() >= hosts.items()
