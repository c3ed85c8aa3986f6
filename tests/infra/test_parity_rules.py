"""Every rule of one cloud has its like in the other or a reason, and so has each thing that somebody might do.

Each is seen to fail in both: by the seeds in worse*.py, and by what test_stripped.py takes away.
"""

from __future__ import annotations

import pytest

from infra.guardrails import CLOUDS, rules
from tests.infra.guardrails import guarded, test_stripped, worse, worse_network
from tests.infra.guardrails.gcp import guarded as gcp_guarded
from tests.infra.guardrails.gcp import worse as gcp_worse
from tests.infra.guardrails.gcp import worse_openings
from tests.infra.guardrails.test_worse import TOLD_BELOW

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
# A rule of Google that is the like of none of AWS -> why.
ONLY_GOOGLE = {
    "cost-no-other-gpus": "in AWS a GPU is part of a machine's type",
    "gce-metadata": "AWS has no keys and no serial port for a whole account's machines",
    "gce-shielded": "AWS has no such switch for Debian's image",
    "kms-purpose": "AWS's key is for encryption where nothing is said",
    "sa-of-hosts": "a role of AWS that no host has lets nobody in: its trust names a service",
    "sql-endpoint": "RDS has an address in the network, and no door",
    "sql-own-zone": "RDS has a name of its own, which resolves to an address in the network",
    "sql-strong-password": "RDS makes the password itself",
    "vpc-own": "AWS makes no subnets by itself in a VPC of one's own",
    "vpc-private-google-access": "AWS's gateway endpoint, which endpoint-own-buckets is about",
}
SEEDED = {
    "aws": {rule for case in worse.WORSE.values() for rule in case.rules.split()} | set(guarded.GUARDED) | TOLD_BELOW,
    "gcp": {rule for case in gcp_worse.WORSE.values() for rule in case.rules.split()} | TOLD_BELOW,
}


def ids(cloud: str) -> set[str]:
    return {rule.id for rule in rules(cloud)}


def test_every_rule_of_aws_has_its_like_or_a_reason() -> None:
    for rule in ids("aws") - ids("gcp"):
        assert rule in RULES, f"{rule}: name Google's rule, or say why there is none"
        assert RULES[rule] in ids("gcp") or RULES[rule].startswith("("), rule
    assert set(RULES) == ids("aws") - ids("gcp"), "no line for what both have, or what is gone"


def test_every_rule_of_google_is_the_like_of_one_or_has_a_reason() -> None:
    liked = ids("gcp") & (ids("aws") | set(RULES.values()))
    assert ids("gcp") - liked == set(ONLY_GOOGLE)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_rule_is_seen_to_fail(cloud: str) -> None:
    assert SEEDED[cloud] == ids(cloud)


@pytest.mark.parametrize("name", worse.WORSE)
def test_what_is_seeded_in_aws_is_seeded_in_google_too(name: str) -> None:
    """By the like of each rule that it breaks."""
    for rule in worse.WORSE[name].rules.split():
        like = RULES.get(rule, rule)
        assert like.startswith("(") or like in SEEDED["gcp"], f"{rule}: nothing breaks {like}"


def test_every_way_to_open_aws_opens_google_or_there_is_none() -> None:
    """Here it is not the rule alone that counts: each of these is a hole of its own."""
    google = set(gcp_worse.WORSE)
    for name in worse_network.OPENINGS:
        twin = worse_openings.TWINS.get(name, name)
        assert twin.startswith("(") or twin in google, name
    assert set(worse_openings.TWINS) <= set(worse_network.OPENINGS) - google


def test_both_clouds_are_stripped() -> None:
    """tests/infra/guardrails/test_stripped.py takes every leaf away from both stacks of each."""
    assert set(test_stripped.STACKS) == set(CLOUDS)
    assert {cloud: len(stacks) for cloud, stacks in test_stripped.STACKS.items()} == {"aws": 2, "gcp": 2}


def test_what_is_guarded_in_aws_is_guarded_in_google_too() -> None:
    """A property that a rule of AWS is seen to want: its like is seen to want one, or is broken by a seed."""
    for rule in guarded.GUARDED:
        like = RULES.get(rule, rule)
        assert like.startswith("(") or like in gcp_guarded.GUARDED or like in SEEDED["gcp"], rule
