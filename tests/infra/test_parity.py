"""Both clouds have the same nouns: what differs is listed here, with its reason, and nothing else does.

There is no abstract base class; this is the interface.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from infra.guardrails import CLOUDS, rules

INFRA = Path(__file__).resolve().parents[2] / "infra"
FILES = {
    "aws": {
        "login": "a key pair, so that another key stops no machine; Google's metadata changes without that",
        "policies": "IAM documents in JSON; Google has roles by name",
        "subnets": "one subnet a zone; Google's subnets are a region's",
    },
    "gcp": {},
}
ARGUMENTS = {
    "Access": "the end of the tunnel is a resource in AWS; IAP needs none",
    "Exposed": "Google's rules name accounts and the database's address, AWS's groups exist before both",
    "Login": FILES["aws"]["login"],
    "Network": "flow logs have a key of their own in AWS",
    "Bucket": "key_arn is an ARN, key is an id",
    "Database": "key_arn is an ARN, key is an id; the group that lets peers in is AWS's",
    "Identity": "AWS's policies name the key; Google's services use it by a grant of their own",
    "Records": "there is no IPv6 on Google here",
    "Vm": "AWS has an image's id, security groups and a profile; Google an account",
}


def public(cloud: str) -> dict[str, set[str]]:
    """Component -> the names of its arguments (the fields of <Component>Args), from the sources."""
    found: dict[str, set[str]] = {}
    for file in sorted((INFRA / cloud).glob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Args"):
                fields = {
                    one.target.id
                    for one in node.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                }
                found[node.name.removesuffix("Args")] = fields
    return found


def test_both_have_the_same_files() -> None:
    names = {cloud: {path.stem for path in (INFRA / cloud).glob("*.py")} for cloud in CLOUDS}
    assert names["aws"] - set(FILES["aws"]) - {"access"} == names["gcp"] - set(FILES["gcp"])
    assert set(FILES["aws"]) <= names["aws"] - names["gcp"], "it stands in both by now"


def test_both_have_the_same_components() -> None:
    assert set(public("aws")) - {"Access", "Login"} == set(public("gcp"))


@pytest.mark.parametrize("component", sorted(public("gcp")))
def test_a_component_takes_the_same(component: str) -> None:
    aws, gcp = public("aws")[component], public("gcp")[component]
    if component in ARGUMENTS:
        assert aws != gcp, "its reason is gone"
        assert "settings" in aws & gcp
    else:
        assert aws == gcp


def test_the_rules_are_about_the_same_subjects() -> None:
    names = {cloud: {path.stem for path in (INFRA / "guardrails" / cloud).glob("*.py")} for cloud in CLOUDS}
    assert names["aws"] - {"bucket_policies", "dangerous", "policies"} == names["gcp"]


# A rule of AWS -> that of Google, or why it has none.
RULES = {
    "ebs-encrypted": "disk-encrypted",
    "ec2-encrypted-disks": "gce-encrypted-disks",
    "ec2-first-boot": "gce-first-boot",
    "ec2-imdsv2": "(Google's metadata needs a header that a forged request can't set)",
    "ec2-metadata-hops": "(likewise)",
    "ec2-metadata-tags": "(labels are not in a machine's metadata)",
    "ec2-monitoring": "(every machine is measured by the minute, at no price)",
    "ec2-no-forwarding": "gce-no-forwarding",
    "ec2-no-secret": "gce-no-secret",
    "ec2-not-terminated": "gce-not-deleted",
    "ec2-public-only-if-it-serves": "gce-public-only-if-it-serves",
    "ec2-role": "gce-own-account",
    "ec2-stops": "(a machine that shuts down stops, and keeps its disk)",
    "eip-serves": "address-serves",
    "cost-no-credit": "(Google's machines that burst charge nothing for it)",
    "cost-no-extended-support": "(an old version is charged for by itself, and Google has no switch)",
    "endpoint-own-buckets": "(a service perimeter is an organization's, which a team of five does not have)",
    "iam-key-through-s3": "(hosts have no right on the key: the storage service uses it for them)",
    "iam-named-actions": "gcs-named-members",
    "iam-named-resources": "gcs-named-members",
    "iam-narrow-trust": "(only a machine of the project runs as an account; nobody is given more)",
    "iam-no-managed-policies": "known",  # roles of a project are of types that no rule judges
    "iam-no-users": "known",
    "iam-nothing-dangerous": "gcs-named-members",
    "iam-own-role": "sa-per-kind",
    "kms-own-account": "kms-own-services",
    "logs-encrypted": "(the project's own log bucket; with a key it is an organization's)",
    "logs-kept": "(30 days, Google's own)",
    "rds-backups": "sql-backups",
    "rds-ca": "sql-named-certificate",
    "rds-connections-logged": "sql-flags",
    "rds-encrypted": "sql-encrypted",
    "rds-iam-login": "(no account is let in by IAM)",
    "rds-insights": "(in prod, and without a key of its own)",
    "rds-logs": "(all logs go to the project's log bucket)",
    "rds-managed-password": "sql-managed-password",
    "rds-minor-upgrades": "(always, in the maintenance window)",
    "rds-monitoring": "(every instance is measured by the minute, at no price)",
    "rds-not-deleted": "sql-not-deleted",
    "rds-private": "sql-private",
    "rds-scram": "sql-flags",
    "rds-secret-own-key": "sql-secret-own-key",
    "rds-snapshot-tags": "(backups are the instance's)",
    "rds-tls": "sql-tls",
    "rds-two-zones": "sql-two-zones",
    "s3-access-logs": "gcs-access-logs",
    "s3-backups": "gcs-backups",
    "s3-lifecycle": "gcs-lifecycle",
    "s3-locked-backups": "gcs-kept",
    "s3-no-acls": "gcs-uniform",
    "s3-no-public-access": "gcs-no-public-access",
    "s3-no-strangers": "gcs-named-members",
    "s3-not-emptied": "gcs-not-emptied",
    "s3-own-key": "gcs-own-key",
    "s3-tls-only": "(Google's API answers by TLS alone)",
    "s3-tls-version": "(an organization's policy)",
    "s3-versioned": "gcs-versioned",
    "sg-declared": "fw-declared",
    "sg-described": "fw-described",
    "sg-narrow-egress": "fw-narrow-egress",
    "sg-never-to-the-world": "fw-never-to-the-world",
    "sg-own-groups": "fw-own-accounts",
    "sg-rules-visible": "fw-closed",
    "tagged": "labelled",
    "tunnel-narrow": "fw-declared",
    "vpc-default-group-closed": "fw-closed",
    "vpc-no-automatic-addresses": "gce-public-only-if-it-serves",
}


def test_every_rule_of_aws_has_its_like_or_a_reason() -> None:
    ours = {rule.id for rule in rules("gcp")}
    for rule in rules("aws"):
        if rule.id not in ours:
            assert rule.id in RULES, f"{rule.id}: name Google's rule, or say why there is none"
            assert RULES[rule.id] in ours or RULES[rule.id].startswith("("), rule.id
