"""What users of this kind of system test for on Google Cloud (dev-sec, CIS GCP), item by item: what stands for it.

Each item has a rule, and a seeded violation of just that item which breaks it (worse.py, worse_openings.py).
"""

from __future__ import annotations

import pytest

from infra.guardrails.gcp import RULES
from tests.infra.guardrails.gcp.worse import WORSE
from tests.infra.guardrails.stacks import faults, settings

ITEMS: dict[str, tuple[str, str]] = {
    # Cloud Storage
    "uniform access": ("gcs-uniform", "access lists on objects"),
    "public access prevention": ("gcs-no-public-access", "a bucket that may be made public"),
    "no allUsers": ("gcs-named-members", "everybody may read"),
    "versioning": ("gcs-versioned", "no old versions"),
    "customer key on buckets": ("gcs-own-key", "Google's key on a bucket"),
    "access log in prod": ("gcs-access-logs", "no access logs in prod"),
    # Compute Engine
    "its own service account": ("gce-own-account", "the project's default account"),
    "an account for each kind": ("sa-per-kind", "hosts of two kinds with one account"),
    "minimal scopes": ("gce-own-account", "every right by scope"),
    "project SSH keys blocked": ("gce-metadata", "keys of the whole project"),
    "serial port off": ("gce-metadata", "a serial port"),
    "no IP forwarding": ("gce-no-forwarding", "others' traffic"),
    "shielded VM": ("gce-shielded", "no secure boot"),
    "customer key on the system disk": ("gce-encrypted-disks", "Google's key on the system disk"),
    "customer key on a data disk": ("disk-encrypted", "Google's key on a disk"),
    "public address only where it serves": ("gce-public-only-if-it-serves", "a public host that does not serve"),
    "no address of nobody": ("address-serves", "an address of nobody"),
    # Cloud SQL
    "private address": ("sql-private", "a public address"),
    "no 0.0.0.0/0": ("sql-private", "networks that may come"),
    "TLS required": ("sql-tls", "passwords in clear"),
    "backups": ("sql-backups", "no backups"),
    "point in time recovery": ("sql-backups", "no way back to a minute ago"),
    "deletion protection of the database": ("sql-not-deleted", "a database deleted in one call"),
    "log flags of CIS 6.2": ("sql-flags", "connections that leave no trace"),
    "pgaudit": ("sql-flags", "no audit"),
    # IAM
    "no basic roles": ("known", "something unknown"),
    "no service-account admin or token creator at project level": ("known", "a token creator of the whole project"),
    "no default account": ("gce-own-account", "the project's default account"),
    "no user-managed keys": ("known", "a key of an account"),
    # KMS
    "rotation within 90 days": ("kms-rotation", "a key for years"),
    "keys are not public": ("kms-own-services", "a key for everybody"),
    "keys are protected from destroying": ("kms-slow-deletion", "a key gone in a day"),
    "keys are protected from Pulumi": ("protected", "a key that Pulumi may delete"),
    # VPC
    "flow logs": ("vpc-flow-logs", "no flow logs in prod"),
    "private Google access": ("vpc-private-google-access", "buckets by a public way"),
    "no subnets of Google's making": ("vpc-own", "subnets that Google makes"),
    "no default network": ("gce-public-only-if-it-serves", "the default network"),
    "nothing undeclared open to the world": ("fw-declared", "the service past its proxy"),
    "no SSH, PostgreSQL or remote desktop for the world": ("fw-never-to-the-world", "remote desktops"),
}


@pytest.mark.parametrize("item", ITEMS)
def test_a_rule_stands_for_the_item_and_has_been_seen_to_fail_by_it(item: str) -> None:
    rule, seed = ITEMS[item]
    assert rule in {one.id for one in RULES}
    case = WORSE[seed]
    assert rule in {verdict.rule for verdict in faults(case.made(), settings(case.stack))}


def test_os_login_is_waived_and_so_it_is_off() -> None:
    """It gives a login for each person, and Ansible needs one for the environment: project keys are blocked instead."""
    case = WORSE["a login for each person"]
    assert {verdict.rule for verdict in faults(case.made(), settings(case.stack))} == {"gce-metadata"}
