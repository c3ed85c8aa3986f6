"""The preview of a new stack, in which ids are not there yet: nothing is claimed that is not known, and the rest is."""

from __future__ import annotations

import pytest

from tests.infra.guardrails import stacks
from tests.policy import seeded
from tests.policy.conftest import Run
from tests.policy.previewed import unknown
from tests.policy.seeded import EACH_RULE, STACKS
from tests.policy.wire import UNKNOWN

LATE = {
    "a document that names what is not there yet is one text": {
        ("aws", "iam-key-through-s3"),
        ("aws", "iam-named-actions"),
        ("aws", "iam-named-resources"),
        ("aws", "iam-nothing-dangerous"),
        ("aws", "s3-no-strangers"),
    },
    "the key is gone, and nobody knows yet what was meant by its id": {("aws", "ec2-encrypted-disks")},
}
"""What the seeded violation of a rule can't show before the end of an update: why -> cloud and rule."""
LEFT = {one for late in LATE.values() for one in late}


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_not_known_yet_is_no_violation(pack: Run, stack: str) -> None:
    resources = unknown(seeded.all_of(stack))
    assert sum(UNKNOWN in str(one.inputs) for one in resources) > len(resources) / 3, "else this shows nothing"
    assert pack(stack, preview=True).violations(resources) == []


@EACH_RULE
def test_what_is_known_and_wrong_is_found(pack: Run, cloud: str, rule: str) -> None:
    """All that is said in a preview is true, and it says it of every rule but those that it can't know yet."""
    case = seeded.seed(cloud, rule)
    made = case.made()
    spoilt = [one for one in made if one not in stacks.made(case.stack)]
    found = pack(case.stack, preview=True).violations(unknown(seeded.all_of(case.stack, made), spoilt))
    assert set(found) <= set(seeded.expected(case.stack, made))
    assert (rule in {one.policy for one in found}) != ((cloud, rule) in LEFT)
