"""All that somebody might do to the stacks, by what it is called."""

from __future__ import annotations

from tests.infra.guardrails.spoilt import Case
from tests.infra.guardrails.worse_data import BUCKETS, DATABASES
from tests.infra.guardrails.worse_hosts import DEAR, MACHINES
from tests.infra.guardrails.worse_identity import IDENTITIES
from tests.infra.guardrails.worse_network import NETWORKS, OPENINGS

SUBJECTS = (BUCKETS, DATABASES, MACHINES, DEAR, OPENINGS, NETWORKS, IDENTITIES)
WORSE: dict[str, Case] = {name: case for subject in SUBJECTS for name, case in subject.items()}
