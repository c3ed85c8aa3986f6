"""What the rules about buckets want of their policies."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.aws import policies, tokens
from infra.guardrails.rule import Fault, Judge
from infra.guardrails.stack import Resource, Stack


def refuses(operator: str, key: str, value: str, what: str) -> Judge:
    """A judge: the policy denies everything to everybody where the condition holds, and on nothing else."""

    def judge(policy: Resource, stack: Stack) -> Iterator[Fault]:
        own = stack.made_from(policy, "policy", tokens.BUCKET)
        for statement in policies.read(policy.inputs.get("policy")) or []:
            roots = [one for one in statement.resources if f"{one}/*" in statement.resources]
            if (
                not (statement.allows or statement.inverted)
                and statement.for_anybody
                and statement.actions == ["s3:*"]
                and len(roots) == 1
                and own == stack.made_from(policy, "bucket", tokens.BUCKET)
                and statement.conditions == {(operator, key): [value]}
            ):
                return
        yield Fault(f"no statement of its policy refuses {what}", f"Deny s3:* to everybody if {key} is {value}")

    return judge


def strangers(policy: Resource, _: Stack) -> Iterator[Fault]:
    """Whatever it allows to others than services of AWS on behalf of this account."""
    statements = policies.read(policy.inputs.get("policy"))
    if statements is None:
        yield Fault("its policy can't be read", "a policy document in JSON")
    for statement in statements or []:
        if not statement.allows:
            continue
        for kind, who in statement.principals or [("nobody", "nobody")]:
            if not policies.is_service(kind, who) or ("StringEquals", "aws:SourceAccount") not in statement.conditions:
                yield Fault(f"its policy allows something to {kind} {who}", "services of AWS for this account only")
        if statement.inverted or any("*" in action for action in statement.actions):
            yield Fault(f"its policy allows {', '.join(statement.actions) or statement.inverted}", "named actions")
