"""Rules about the key that everything is encrypted with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, must_be
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown

DAY = 24 * 60 * 60
MOST_ROTATION_DAYS = 90  # CIS GCP 1.10
LEAST_DESTRUCTION_DAYS = 14  # the mistake is found when the month's first job fails; Google takes 1 to 120
USES = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
AGENT = re.compile(r"serviceAccount:service-\d+@[a-z-]+(\.iam)?\.gserviceaccount\.com")
"""Google's own accounts in a project, by which its services encrypt for us."""


def _days(text: object) -> float:
    found = re.fullmatch(r"(\d+)s", str(text))
    return int(found[1]) / DAY if found else 0.0


def _rotated(key: Resource, _: Stack) -> Iterator[Fault]:
    if not 0 < _days(key.inputs.get("rotationPeriod")) <= MOST_ROTATION_DAYS:
        yield Fault(
            f"rotationPeriod is {shown(key.inputs.get('rotationPeriod'))}", f"at most {MOST_ROTATION_DAYS} days"
        )


def _destroyed_slowly(key: Resource, _: Stack) -> Iterator[Fault]:
    found = key.inputs.get("destroyScheduledDuration")
    if _days(found) < LEAST_DESTRUCTION_DAYS:
        yield Fault(f"destroyScheduledDuration is {shown(found)}", f"{LEAST_DESTRUCTION_DAYS} days or more")


def _member(grant: Resource, stack: Stack) -> Iterator[Fault]:
    who = str(grant.inputs.get("member"))
    made = stack.made_from(grant, "member", tokens.SERVICE_IDENTITY)
    if not made and not AGENT.fullmatch(who):
        yield Fault(f"it lets in {who}", "Google's own services in this project")
    if grant.inputs.get("role") != USES:
        yield Fault(f"its role is {shown(grant.inputs.get('role'))}", "encrypting and decrypting")
    if not stack.made_from(grant, "cryptoKeyId", tokens.KEY):
        yield Fault("it is about a key that is not of this stack", "the key of this stack")


_KEY = (tokens.KEY,)
RULES = (
    Rule("kms-rotation", "What a key has encrypted in a season is all that its loss can open.", _KEY, _rotated),
    Rule("kms-slow-deletion", "With the key, everything is gone.", _KEY, _destroyed_slowly),
    Rule("kms-purpose", "A key for signing encrypts nothing.", _KEY, must_be("purpose", "ENCRYPT_DECRYPT")),
    Rule("kms-own-services", "Whoever may use the key reads everything.", (tokens.KEY_MEMBER,), _member),
)
