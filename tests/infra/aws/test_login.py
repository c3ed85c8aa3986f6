"""The key that Ansible logs in with, for machines that boot for the first time."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import login
from rehearsal import program
from tests.infra import footprints
from tests.infra.aws import plans


@pytest.mark.parametrize("stack", plans.STACKS)
def test_each_machine_has_the_stack_s_key_pair(stack: str) -> None:
    made = plans.stack(stack)
    (pair,) = plans.of(made, "KeyPair")
    assert {machine.inputs["keyName"] for machine in plans.machines(made)} == {pair.inputs["keyName"]}


@pytest.mark.parametrize("stack", plans.STACKS)
def test_a_plan_needs_no_key_and_cannot_be_taken_for_one(stack: str) -> None:
    (pair,) = plans.of(plans.stack(stack), "KeyPair")
    assert pair.inputs["publicKey"] == login.STAND_IN


@pytest.mark.parametrize("stack", plans.STACKS)
def test_another_key_changes_no_machine(stack: str, tmp_path: Path) -> None:
    """After `make rotate SECRET=ssh` every host has the new key already: nothing is stopped for it, or replaced."""
    (tmp_path / stack).mkdir()
    file = plans.ROOT / "stacks" / f"Pulumi.{stack}.yaml"
    made = []
    for number in (1, 2):
        (tmp_path / stack / login.FILE).write_text(footprints.key(number))
        made.append(program.run(file, plans.Inventor(), stacks=tmp_path))
    old, new = ({one.urn: one.inputs for one in each.resources} for each in made)
    assert [urn.split("::")[-2] for urn in old if old[urn] != new[urn]] == [
        "shoestring:aws:Login$aws:ec2/keyPair:KeyPair"
    ]
    for each in made:
        (pair,) = plans.of(each, "KeyPair")
        assert pair.options["delete_before_replace"], "the name is taken until the old pair is gone"
        users = [one for one in each.resources for urns in one.references.values() if pair.urn in urns]
        assert users == [], "Pulumi would replace what uses the pair's output together with it"
