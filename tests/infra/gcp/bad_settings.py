"""Stack files of Google Cloud that are bad in one of their settings."""

from __future__ import annotations

from typing import Any

from tests.infra.footprints import ABSENT
from tests.infra.stacks import Bad


def dev() -> dict[str, Any]:
    """The `config` of an environment whose one machine holds everything."""
    return {
        "gcp:region": "us-central1",
        "gcp:project": "acme-shoestring",
        "shoestring:billing_account": "012345-6789AB-CDEF01",
        "shoestring:cloud": "gcp",
        "shoestring:tier": "dev",
        "shoestring:owner": "ml-team",
        "shoestring:image": "debian-13-trixie-v20260915",
        "shoestring:hosts": [{"name": "solo", "groups": ["proxy", "service", "database"]}],
        "shoestring:budget": {"monthly_usd": 30, "emails": ["ops@mycompany.net"]},
    }


PROD = dev() | {
    "shoestring:tier": "prod",
    "shoestring:hosts": [{"name": "app1", "groups": ["proxy", "service"]}, {"name": "app2", "groups": ["service"]}],
    "shoestring:database": "managed",
}
HOST = "shoestring:hosts.0"
MACHINE = "shoestring:hosts[0].machine"


def bad(at: str, value: object, path: str, expected: str, fix: str, base: dict[str, Any] | None = None) -> Bad:
    return Bad(at, value, path, expected, fix, base or dev())


BAD = {
    # keys
    "another cloud's key": bad("aws:profile", "x", "aws:profile", "gcp:region", "delete it"),
    "another cloud's region": bad(
        "aws:region", "eu-central-1", "aws:region", "gcp:region", "did you mean `gcp:region`"
    ),
    "project in our namespace": bad(
        "shoestring:project", "x", "shoestring:project", "gcp:project", "did you mean `gcp:project`?"
    ),
    "a key file": bad("gcp:credentials", "canary77", "gcp:credentials", "no secret", "delete the key at Google"),
    "a token": bad("gcp:accessToken", "canary77", "gcp:accessToken", "no secret", "log in"),
    "misspelt": bad("shoestring:teir", "dev", "shoestring:teir", "shoestring:tier", "did you mean `shoestring:tier`?"),
    # what has to be there
    "no project": bad(
        "gcp:project", ABSENT, "gcp:project", "the id of a project", "add `gcp:project: acme-shoestring`"
    ),
    "no billing account": bad(
        "shoestring:billing_account", ABSENT, "shoestring:billing_account", "billing account", "add `shoestring:billing"
    ),
    "no region": bad("gcp:region", ABSENT, "gcp:region", "a region of Google", "add `gcp:region: europe-west3`"),
    "no image": bad("shoestring:image", ABSENT, "shoestring:image", "debian-cloud", "add `shoestring:image: debian-13"),
    # forms
    "a project's number": bad("gcp:project", "123456789012", "gcp:project", "the id of a project", "acme-shoestring"),
    "a project in capitals": bad("gcp:project", "Acme-ML", "gcp:project", "the id of a project", "acme-shoestring"),
    "a short project": bad("gcp:project", "acme", "gcp:project", "the id of a project", "acme-shoestring"),
    "a region of AWS": bad("gcp:region", "eu-central-1", "gcp:region", "a region of Google Cloud", "europe-west3"),
    "a zone for a region": bad("gcp:region", "us-central1-b", "gcp:region", "a region of Google", "europe-west3"),
    "a region without prices": bad(
        "gcp:region", "europe-west3", "gcp:region", "one of us-central1", "infra/prices/gcp.json"
    ),
    "a billing account without hyphens": bad(
        "shoestring:billing_account", "0123456789ABCDEF01", "shoestring:billing_account", "billing", "012345-6789AB"
    ),
    "an image of AWS": bad(
        "shoestring:image", "debian-13-amd64-20260914-2601", "shoestring:image", "debian-cloud", "debian-13-trixie-v"
    ),
    "a family of images": bad(
        "shoestring:image", "debian-13", "shoestring:image", "debian-cloud", "debian-13-trixie-v"
    ),
    "a hosted zone of AWS": bad(
        "shoestring:zone", "Z0123456789ABCDEFGHIJ", "shoestring:zone", "a managed zone", "acme-dev"
    ),
    "a state in S3": bad(
        "shoestring:backend", "s3://acme-state?region=eu-central-1", "shoestring:backend", "Google Cloud", "gs://"
    ),
    "a state on this machine": bad("shoestring:backend", "file://~", "shoestring:backend", "bucket", "gs://"),
    "a pool by its name alone": bad(
        "shoestring:identity_pool", "shoestring", "shoestring:identity_pool", "full name", "workloadIdentityPools/"
    ),
    "one zone": bad("shoestring:zones", ["b"], "shoestring:zones", "two zones", '["a", "b"]'),
    "the same zone twice": bad(
        "shoestring:zones", ["b", "b"], "shoestring:zones", "every entry once", "delete the second"
    ),
    "a zone by its whole name": bad(
        "shoestring:zones", ["us-central1-b", "us-central1-c"], "shoestring:zones[0]", "letter", "a"
    ),
    # machines
    "a machine of AWS": bad(f"{HOST}.machine", "t3a.small", MACHINE, "e2-small", "{machines: [t3a.small]}`"),
    "an expensive machine": bad(
        f"{HOST}.machine", "n2-standard-128", MACHINE, "e2-small", "{machines: [n2-standard-128]}`"
    ),
    "an arm64 machine": bad(f"{HOST}.machine", "t2a-standard-1", MACHINE, "amd64", "amd64"),
    "a GPU": bad(f"{HOST}.machine", "a2-highgpu-1g", MACHINE, "a known family", "infra/machines.py"),
    "a spot machine": bad(f"{HOST}.spot", True, "shoestring:hosts", "limits.spot", "`shoestring:limits: {spot: 1}`"),
    "a name that is too long for its disk": bad(
        f"{HOST}.name", "a" * 63, "shoestring:hosts[0].name", "letters", "shorten it"
    ),
    # between settings
    "data that may be deleted, in prod": bad(
        "shoestring:deletion_protection", False, "shoestring:deletion_protection", "true", "tier", PROD
    ),
    "no database anywhere": bad(
        f"{HOST}.groups", ["proxy", "service"], "shoestring:database", "one host in database", "managed"
    ),
    "a network that is too small": bad("shoestring:cidr", "10.20.0.0/28", "shoestring:cidr", "from /16 to /24", "cidr"),
    "a public network": bad("shoestring:cidr", "203.0.113.0/24", "shoestring:cidr", "private", "10.20.0.0/16"),
    "SSH from nowhere": bad("shoestring:ssh", "direct", "shoestring:admin_cidrs", "at least one network", "tunnel"),
    "ACME without a name": bad(
        "shoestring:certificate", {"acme": {"email": "a@b.net"}}, "shoestring:names", "at least one name", "certificate"
    ),
}
