"""The preview of a new stack, in which ids are not there yet: nothing is claimed that is not known, and the rest is."""

from __future__ import annotations

import pytest

from tests.policy import seeded
from tests.policy.conftest import Run
from tests.policy.previewed import unknown
from tests.policy.seeded import RULES, STACKS
from tests.policy.wire import UNKNOWN

LATE: set[tuple[str, str]] = set()


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_not_known_yet_is_no_violation(pack: Run, stack: str) -> None:
    resources = unknown(seeded.all_of(stack))
    assert sum(UNKNOWN in str(one.inputs) for one in resources) > len(resources) / 3, "else this shows nothing"
    assert pack(stack, preview=True).violations(resources) == []


@pytest.mark.parametrize(("cloud", "rule"), RULES, ids=["-".join(one) for one in RULES])
def test_what_is_known_and_wrong_is_found(pack: Run, cloud: str, rule: str) -> None:
    """All that is said in a preview is true, and it says it of every rule but those that it can't know yet."""
    case = seeded.seed(cloud, rule)
    made = case.made()
    found = pack(case.stack, preview=True).violations(unknown(seeded.all_of(case.stack, made)))
    assert set(found) <= set(seeded.expected(case.stack, made))
    assert (rule in {one.policy for one in found}) != ((cloud, rule) in LATE)
