"""Rules about who may do what in the account: named actions on named resources, handed out to services of AWS only."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.aws import policies, tokens
from infra.guardrails.aws.dangerous import FORBIDDEN
from infra.guardrails.aws.policies import Statement, covered
from infra.guardrails.rule import Fault, Rule
from infra.guardrails.stack import Resource, Stack

EC2 = "ec2.amazonaws.com"
TRUSTED = (EC2, "vpc-flow-logs.amazonaws.com", "monitoring.rds.amazonaws.com")


def _allowed(policy: Resource) -> list[Statement]:
    return [one for one in policies.read(policy.inputs.get("policy")) or [] if one.allows]


def _named_actions(policy: Resource, _: Stack) -> Iterator[Fault]:
    if policies.read(policy.inputs.get("policy")) is None:
        yield Fault("its policy can't be read", "a policy document in JSON")
    for statement in _allowed(policy):
        if not statement.actions:
            yield Fault("a statement of its policy names no action", "what is allowed, not what is not")
        for action in statement.actions:
            if "*" in action or "?" in action or ":" not in action:
                yield Fault(f"it may do {action}", "actions by their full names")


def _named_resources(policy: Resource, _: Stack) -> Iterator[Fault]:
    for statement in _allowed(policy):
        if not statement.resources:
            yield Fault("a statement of its policy names no resource", "what it is allowed with, not what it is not")
        for resource in statement.resources:
            arn = resource.split(":", 5)
            if len(arn) < 6 or "*" in "".join(arn[:5]) or arn[5].lstrip("/")[:1] in ("", "*", "?"):
                actions = ", ".join(statement.actions)
                yield Fault(f"it may do {actions} with {resource}", "resources by their ARNs; a * at the end of one")


def _nothing_dangerous(policy: Resource, _: Stack) -> Iterator[Fault]:
    for statement in _allowed(policy):
        for what, actions in FORBIDDEN.items():
            for action in dict.fromkeys(covered(statement, actions)):
                yield Fault(f"it may do {action}, which {what}", "what a host's work needs")


def _key_through_s3(policy: Resource, stack: Stack) -> Iterator[Fault]:
    via = ("StringEquals", "kms:ViaService")
    for statement in _allowed(policy):
        uses = any(action.lower().startswith("kms:") for action in statement.actions)
        if uses and statement.conditions.get(via) != [f"s3.{stack.settings.region}.amazonaws.com"]:
            yield Fault("it may use the key for anything", "a condition: kms:ViaService is S3 of this region")


def _of_this_stack(policy: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.made_from(policy, "role", tokens.ROLE):
        yield Fault("it belongs to no role of this stack", "a role of this stack")


def _narrow_trust(role: Resource, _: Stack) -> Iterator[Fault]:
    statements = policies.read(role.inputs.get("assumeRolePolicy"))
    if statements is None:
        yield Fault("its trust can't be read", "a policy document in JSON")
    for statement in statements or []:
        if not statement.allows:
            continue
        if statement.actions != ["sts:AssumeRole"] or statement.inverted:
            yield Fault(f"its trust allows {', '.join(statement.actions) or statement.inverted}", "sts:AssumeRole")
        for kind, who in statement.principals or [("nobody", "nobody")]:
            if kind != "Service" or who not in TRUSTED:
                yield Fault(f"{kind} {who} may act as it", f"one of the services {', '.join(TRUSTED)}")
            elif who != EC2 and not statement.conditions.get(("StringEquals", "aws:SourceAccount")):
                yield Fault(f"{who} may act as it for any account", "a condition: aws:SourceAccount is this account")


def _no_managed_policies(role: Resource, _: Stack) -> Iterator[Fault]:
    if found := role.inputs.get("managedPolicyArns"):
        yield Fault(f"it has the managed policies {found}", "none: AWS widens them, and they name no resource")
    if role.inputs.get("inlinePolicies"):
        yield Fault("it has policies of its own, which no other rule here sees", "policies as resources")


def _no_people(_: Resource, stack: Stack) -> Iterator[Fault]:
    kinds = ("user", "accessKey", "userLoginProfile", "group", "sshKey", "serviceSpecificCredential")
    for one in stack:
        if one.type.startswith("aws:iam/") and one.type.split("/")[1].split(":")[0] in kinds:
            yield Fault(f"{one.name} is a {one.type}", "no users and no keys: people sign in, machines have roles")


_POLICY, _ROLE = (tokens.ROLE_POLICY,), (tokens.ROLE,)
RULES = (
    Rule("iam-named-actions", "With a * a role may do what nobody has thought of.", _POLICY, _named_actions),
    Rule("iam-named-resources", "One environment's hosts must not reach another's data.", _POLICY, _named_resources),
    Rule("iam-nothing-dangerous", "Whoever takes a host takes its role.", _POLICY, _nothing_dangerous),
    Rule("iam-key-through-s3", "A host needs the key for its buckets, and not for disks.", _POLICY, _key_through_s3),
    Rule("iam-own-role", "A policy on somebody else's role changes what others may do.", _POLICY, _of_this_stack),
    Rule("iam-narrow-trust", "Who may act as a role has all its rights.", _ROLE, _narrow_trust),
    Rule("iam-no-managed-policies", "Managed policies are wide, and widened by others.", _ROLE, _no_managed_policies),
    Rule("iam-no-users", "A user's key is valid until somebody remembers it.", (tokens.STACK,), _no_people),
)
