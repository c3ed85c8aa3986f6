"""Both stacks on Google Cloud, each with one thing that somebody might do to them: at least one for each rule."""

from __future__ import annotations

from typing import Any

from infra.guardrails.gcp import tokens
from tests.infra.guardrails.gcp.worse_data import DATABASE, STORAGE, database
from tests.infra.guardrails.gcp.worse_openings import OPENINGS
from tests.infra.guardrails.spoilt import Added, Case, Removed, Spoilt, Unprotected

DEV, PROD = "gcp-dev", "gcp-prod"


def machine(at: str, to: Any, rules: str, says: str, **made: str) -> Spoilt:
    return Spoilt(DEV, "compute/instance solo", at, to, rules, says, made)


def rule(what: str, at: str, to: Any, rules: str, says: str, stack: str = DEV, **made: str) -> Spoilt:
    return Spoilt(stack, f"compute/firewall {what}", at, to, rules, says, made)


MACHINES: dict[str, Case] = {
    "keys of the whole project": machine(
        "metadata/block-project-ssh-keys", "FALSE", "gce-metadata", "block-project-ssh-keys"
    ),
    "a login for each person": machine("metadata/enable-oslogin", "TRUE", "gce-metadata", "enable-oslogin"),
    "a serial port": machine("metadata/serial-port-enable", "TRUE", "gce-metadata", "serial-port-enable"),
    "keys that the guest agent keeps": machine("metadata/ssh-keys", "eve:ssh-ed25519 A", "gce-metadata", "ssh-keys"),
    "no secure boot": machine("shieldedInstanceConfig/enableSecureBoot", False, "gce-shielded", "false"),
    "Google's key on the system disk": machine("bootDisk/kmsKeySelfLink", "", "gce-encrypted-disks", "system disk"),
    "Google's key on a disk": Spoilt(
        DEV,
        "compute/disk database",
        "diskEncryptionKey/kmsKeySelfLink",
        "x",
        "disk-encrypted",
        "own KMS key",
        {"diskEncryptionKey": ""},
    ),
    "every right by scope": machine(
        "serviceAccount/scopes", ["https://www.googleapis.com/auth/cloud-platform"], "gce-own-account", "scopes"
    ),
    "the project's default account": machine(
        "serviceAccount/email",
        "1-compute@developer.gserviceaccount.com",
        "fw-declared fw-narrow-egress gce-own-account sa-of-hosts",
        "no account of this stack",
        serviceAccount="",
    ),
    "a password in its metadata": machine(
        "metadata/startup-script", "id deploy; authorized_keys; password=canary77", "gce-no-secret", "looks like"
    ),
    "a first boot for nobody": machine("metadata/startup-script", "true", "gce-first-boot", "by nothing"),
    "the default network": machine(
        "networkInterfaces",
        [{"network": "default"}],
        "address-serves gce-public-only-if-it-serves",
        "not of this stack",
        networkInterfaces="",
    ),
    "others' traffic": machine("canIpForward", True, "gce-no-forwarding", "true"),
    "deleted in one call": machine("deletionProtection", False, "gce-not-deleted", "deletionProtection"),
    "IPv6 that nobody judges": machine(
        "networkInterfaces/0/stackType", "IPV4_IPV6", "gce-public-only-if-it-serves", "IPv6"
    ),
    "a public host that does not serve": Spoilt(
        PROD,
        "compute/instance app2",
        "networkInterfaces/0/accessConfigs",
        [{}],
        "gce-public-only-if-it-serves",
        "does not serve",
    ),
    "hosts of two kinds with one account": Spoilt(
        PROD,
        "compute/instance app2",
        "serviceAccount/email",
        "x",
        "fw-declared fw-narrow-egress sa-of-hosts sa-per-kind",
        "another kind",
        {"serviceAccount": "serviceaccount/account proxy-service"},
    ),
}

NETWORK: dict[str, Case] = {
    "subnets that Google makes": Spoilt(DEV, "compute/network", "autoCreateSubnetworks", True, "vpc-own", "true"),
    "no flow logs in prod": Spoilt(PROD, "compute/subnetwork", "logConfig", {}, "vpc-flow-logs", "who talked"),
    "buckets by a public way": Spoilt(
        DEV, "compute/subnetwork", "privateIpGoogleAccess", False, "vpc-private-google-access", "false"
    ),
    "an address of nobody": Added(
        DEV, tokens.ADDRESS, "x", {}, "address-serves", "does not serve", like="compute/address solo"
    ),
    "a NAT gateway that nobody asked for": Added(DEV, tokens.NAT, "x", {}, "nat-asked-for", "shoestring:nat"),
    "a port that the table does not name": rule(
        "in-443tcp", "allows/0/ports/-", "8080", "fw-declared", "tcp 8080, undeclared"
    ),
    "all ports": rule("in-443tcp", "allows", [{"protocol": "tcp"}], "fw-declared fw-never-to-the-world", "every port"),
    "SSH for everybody": rule(
        "in-22tcp", "sourceRanges", ["0.0.0.0/0"], "fw-declared fw-never-to-the-world", "SSH (22)"
    ),
    "a rule for every machine": rule(
        "in-443tcp", "targetServiceAccounts", [], "fw-declared", "opens every machine", targetServiceAccounts=""
    ),
    "a way out by every port": rule("out", "allows", [{"protocol": "all"}], "fw-narrow-egress", "443 by tcp"),
    "a network that is open to the outside": Removed(DEV, "compute/firewall no-egress", "fw-closed", "EGRESS"),
    "a rule that comes after the one that closes": rule("in-443tcp", "priority", 65001, "fw-closed", "comes after"),
    "a rule by tag": rule("in-443tcp", "targetTags", ["web"], "fw-own-accounts", "gives it a tag"),
    "a rule that nobody can explain": rule("in-443tcp", "description", "", "fw-described", "description"),
}

IDENTITY: dict[str, Case] = {
    "an account that nobody uses": Added(
        DEV, tokens.ACCOUNT, "x", {"accountId": "x-account"}, "sa-of-hosts", "no machine runs as it"
    ),
    "a key for years": Spoilt(DEV, "kms/cryptoKey data", "rotationPeriod", "31536000s", "kms-rotation", "90 days"),
    "a key gone in a day": Spoilt(
        DEV, "kms/cryptoKey data", "destroyScheduledDuration", "86400s", "kms-slow-deletion", "14 days"
    ),
    "a key for signing": Spoilt(DEV, "kms/cryptoKey data", "purpose", "ASYMMETRIC_SIGN", "kms-purpose", "ENCRYPT"),
    "a key for everybody": Spoilt(
        DEV, "kms/cryptoKeyIAMMember compute", "member", "allUsers", "kms-own-services", "lets in allUsers"
    ),
    "a key's whole administration": Spoilt(
        DEV, "kms/cryptoKeyIAMMember compute", "role", "roles/cloudkms.admin", "kms-own-services", "cloudkms.admin"
    ),
    "a disk that Pulumi may delete": Unprotected(DEV, "compute/disk database"),
    "a key that Pulumi may delete": Unprotected(DEV, "kms/cryptoKey data"),
    "a database that Pulumi may delete": Unprotected(PROD, "sql/databaseInstance database"),
    "a bucket that Pulumi may delete": Unprotected(DEV, "storage/bucket backups"),
    "without an owner": machine("labels/owner", "nobody", "labelled", "ml-team"),
    "a disk of another environment": machine(
        "bootDisk/initializeParams/labels/environment", "gcp-prod", "labelled", "bootDisk"
    ),
    "something unknown": Added(
        DEV, "gcp:projects/iAMMember:IAMMember", "x", {"role": "roles/editor"}, "known", "no rule judges"
    ),
    "a token creator of the whole project": Added(
        DEV,
        "gcp:projects/iAMMember:IAMMember",
        "x",
        {"role": "roles/iam.serviceAccountTokenCreator", "member": "user:eve@acme.dev"},
        "known",
        "no rule judges",
    ),
    "a key of an account": Added(DEV, "gcp:serviceaccount/key:Key", "x", {}, "known", "no rule judges"),
}

DEAR: dict[str, Case] = {
    "a dear machine": machine("machineType", "m3-ultramem-128", "cost-machine-types", "limits.machines"),
    "an arm64 machine": machine("machineType", "t2a-standard-1", "cost-machine-types", "t2a-standard-1"),
    "a GPU": machine("machineType", "a2-highgpu-1g", "cost-gpus cost-machine-types", "not known"),
    "a GPU beside it": machine("guestAccelerators", [{"type": "l4", "count": 1}], "cost-no-other-gpus", "beside"),
    "a spot machine": machine("scheduling", {"provisioningModel": "SPOT"}, "cost-spot", "1 spot machines"),
    "a machine that nobody asked for": Added(
        PROD, tokens.INSTANCE, "app9", {}, "cost-asked-for", "no setting names it", like="compute/instance app2"
    ),
    "a second database": Added(
        PROD, tokens.DATABASE, "more", {}, "cost-databases", "2 managed", like="sql/databaseInstance database"
    ),
    "a dear database": database("settings/tier", "db-custom-96-368640", "cost-database-types", "db-custom-96"),
    "a disk without an end": database("settings/diskAutoresizeLimit", 0, "cost-database-disk", "0 GiB"),
    "no budget": Removed(DEV, "billing/budget month", "cost-budget", "nobody is told"),
    "a budget of millions": Spoilt(
        DEV, "billing/budget month", "amount/specifiedAmount/units", "1000000", "cost-budget", "nobody is told"
    ),
    "a letter to somebody else": Spoilt(
        DEV,
        "monitoring/notificationChannel 1",
        "labels/email_address",
        "eve@example.com",
        "cost-budget",
        "nobody is told",
    ),
}

SUBJECTS = (STORAGE, MACHINES, DATABASE, NETWORK, OPENINGS, IDENTITY, DEAR)
WORSE: dict[str, Case] = {name: case for subject in SUBJECTS for name, case in subject.items()}
