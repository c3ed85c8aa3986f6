"""Rules about the key that everything is encrypted with, and about logs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.guardrails.aws import policies, tokens
from infra.guardrails.rule import Fault, Rule, both, must_be, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown

POSITIVE = ("ArnEquals", "ArnLike", "StringEquals", "StringLike")
MOST_ROTATION_DAYS = 365
LEAST_DELETION_DAYS = 14  # the mistake is found when the month's first job fails; AWS takes 7 to 30
ROOT = re.compile(r"arn:aws:iam::\d{12}:root")  # stands for an account: each in it still needs a policy of its own
LEAST_LOG_DAYS = 30  # a break-in is found late


def _rotated(resource: Resource, _: Stack) -> Iterator[Fault]:
    if not 0 < number(resource.inputs.get("rotationPeriodInDays")) <= MOST_ROTATION_DAYS:
        found = shown(resource.inputs.get("rotationPeriodInDays"))
        yield Fault(f"rotationPeriodInDays is {found}", f"at most {MOST_ROTATION_DAYS}")


def _deleted_slowly(resource: Resource, _: Stack) -> Iterator[Fault]:
    if number(resource.inputs.get("deletionWindowInDays")) < LEAST_DELETION_DAYS:
        found = shown(resource.inputs.get("deletionWindowInDays"))
        yield Fault(f"deletionWindowInDays is {found}", f"{LEAST_DELETION_DAYS} or more")


def _is_root(kind: str, who: str) -> bool:
    return kind == "AWS" and ROOT.fullmatch(who) is not None


def _of_this_account(resource: Resource, _: Stack) -> Iterator[Fault]:
    statements = policies.read(resource.inputs.get("policy"))
    if statements is None:
        yield Fault("it has no policy that can be read", "a policy document in JSON")
    accounts = {who.split(":")[4] for one in statements or [] for kind, who in one.principals if _is_root(kind, who)}
    if len(accounts) > 1:
        yield Fault(f"its policy lets in the accounts {', '.join(sorted(accounts))}", "the account itself")
    for statement in statements or []:
        if not statement.allows:
            continue
        if statement.inverted:
            yield Fault(f"its policy says {statement.inverted[0]}", "named principals and actions")
        for kind, who in statement.principals or [("nobody", "nobody")]:
            bound = any(
                policies.is_service(kind, who) and value.split(":")[4:5] in ([one] for one in accounts)
                for (operator, key), values in statement.conditions.items()
                if operator in POSITIVE and key.startswith("kms:EncryptionContext:")
                for value in values
            )
            if not _is_root(kind, who) and not bound:
                yield Fault(f"its policy lets in {kind} {who}", "the account itself, and services for its own ARNs")
            if bound and any(action in ("kms:*", "*") for action in statement.actions):
                yield Fault(f"its policy lets {who} do everything", "encrypting and decrypting")


def _kept(group: Resource, _: Stack) -> Iterator[Fault]:
    days = number(group.inputs.get("retentionInDays"))
    if days < LEAST_LOG_DAYS:
        yield Fault(f"retentionInDays is {shown(group.inputs.get('retentionInDays'))}", f"{LEAST_LOG_DAYS} or more")


def _sealed(group: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.made_from(group, "kmsKeyId", tokens.KEY):
        yield Fault("it has no key of the environment", "the environment's own KMS key")


RULES = (
    Rule(
        "kms-rotation",
        "What a key has encrypted in one year is all that its loss can open.",
        (tokens.KEY,),
        both(must_be("enableKeyRotation", True), _rotated),
    ),
    Rule("kms-slow-deletion", "With the key, everything is gone.", (tokens.KEY,), _deleted_slowly),
    Rule("kms-own-account", "Whoever may use the key reads everything.", (tokens.KEY,), _of_this_account),
    Rule(
        "logs-kept", "Without an end logs cost for ever; with one too soon they are gone.", (tokens.LOG_GROUP,), _kept
    ),
    Rule("logs-encrypted", "Logs name users and addresses.", (tokens.LOG_GROUP,), _sealed),
)
