"""Both AWS stacks, each with one thing that somebody might do to them: exactly the rules against it fail."""

from __future__ import annotations

import pytest

from tests.infra.guardrails.spoilt import Case
from tests.infra.guardrails.stacks import faults, settings
from tests.infra.guardrails.worse_data import BUCKETS, DATABASES
from tests.infra.guardrails.worse_identity import IDENTITIES

WORSE: dict[str, Case] = {**BUCKETS, **DATABASES, **IDENTITIES}


@pytest.mark.parametrize("case", WORSE.values(), ids=WORSE)
def test_it_is_found_and_said(case: Case) -> None:
    found = faults(case.made(), settings(case.stack))
    assert {verdict.rule for verdict in found} == set(case.rules.split()), [verdict.message for verdict in found]
    assert any(case.says in verdict.message for verdict in found), [verdict.message for verdict in found]
    for verdict in found:
        assert verdict.message.startswith(f"{verdict.resource}: "), "it names the resource"
        assert "the limit is" in verdict.message, "it names the limit"
        assert (f"`{verdict.setting}` raises it" if verdict.setting else "no setting loosens it") in verdict.message
        assert "canary77" not in verdict.message, "what may be a secret is not repeated"
