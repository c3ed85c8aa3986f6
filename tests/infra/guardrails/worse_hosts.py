"""Machines that somebody made worse, and stacks that became dear."""

from __future__ import annotations

from typing import Any

from infra.guardrails.aws import tokens
from tests.infra.guardrails.spoilt import Added, Case, Removed, Spoilt

DEV, PROD = "aws-dev", "aws-prod"
KEY = "-----BEGIN OPENSSH " + "PRIVATE KEY-----"
FILES = "userData/write_files"


def solo(at: str, to: Any, rules: str, says: str, **references: str) -> Spoilt:
    return Spoilt(DEV, "ec2/instance solo", at, to, rules, says, references)


def told(content: str) -> Spoilt:
    return solo(FILES, [{"path": "/etc/x", "content": content}], "ec2-no-secret", "looks like a secret")


MACHINES: dict[str, Case] = {
    "metadata without a token": solo("metadataOptions/httpTokens", "optional", "ec2-imdsv2", "optional"),
    "metadata for containers": solo("metadataOptions/httpPutResponseHopLimit", 2, "ec2-metadata-hops", "is 2"),
    "tags for every process": solo("metadataOptions/instanceMetadataTags", "enabled", "ec2-metadata-tags", "disabled"),
    "AWS's key on the system disk": solo(
        "rootBlockDevice/kmsKeyId", "x", "ec2-encrypted-disks", "own KMS key", rootBlockDevice=""
    ),
    "another disk in clear": solo(
        "ebsBlockDevices", [{"deviceName": "/dev/sdg"}], "ec2-encrypted-disks", "ebsBlockDevices.encrypted"
    ),
    "AWS's key on a volume": Spoilt(
        DEV, "ebs/volume database", "kmsKeyId", "x", "ebs-encrypted", "own KMS key", {"kmsKeyId": ""}
    ),
    "a key that is none": Spoilt(
        DEV, "ebs/volume database", "kmsKeyId", "x", "ebs-encrypted", "own KMS key", {"kmsKeyId": "s3/bucket backups"}
    ),
    "a role of somebody else": solo(
        "iamInstanceProfile", "admin", "ec2-role", "no role of this stack", iamInstanceProfile=""
    ),
    "a password in its user data": told("password: canary77"),
    "an access key in its user data": told("AKIA" + "IOSFODNN7EXAMPLE"),
    "a private key in its user data": told(KEY),
    "a token in its user data": told("export API_TOKEN=canary77"),
    "user data in disguise": solo("userDataBase64", "eA==", "ec2-no-secret", "in clear"),
    "user data that is no YAML": solo("userData", "#cloud-config\n[", "ec2-first-boot", "ssh_pwauth"),
    "one more user": solo("userData/users/-", {"name": "eve"}, "ec2-first-boot", "other users"),
    "the image's own user": solo("userData/user/name", "debian", "ec2-first-boot", "other users"),
    "a key that only a restart takes away": solo(
        "userData/user/ssh_authorized_keys", ["ssh-ed25519 AAAA"], "ec2-first-boot", "a key of its own"
    ),
    "a key for everybody": solo("userData/ssh_authorized_keys", ["ssh-ed25519 AAAA"], "ec2-first-boot", "of its own"),
    "somebody else's key pair": solo("keyName", "eve", "ec2-first-boot", "none of this stack"),
    "passwords for SSH": solo("userData/ssh_pwauth", "yes", "ec2-first-boot", "ssh_pwauth"),
    "a mirror without TLS": solo(
        "userData/apt", {"primary": [{"uri": "http://mirror.acme.dev/debian"}]}, "ec2-first-boot", "reached by TLS"
    ),
    "gone when it shuts down": solo("instanceInitiatedShutdownBehavior", "terminate", "ec2-stops", "destroyed"),
    "a public address that changes": solo(
        "associatePublicIpAddress", True, "ec2-public-only-if-it-serves", "associatePublicIpAddress"
    ),
    "a public host that does not serve": Spoilt(
        PROD,
        "ec2/instance app2",
        "subnetId",
        "a",
        "ec2-public-only-if-it-serves",
        "does not serve",
        {"subnetId": "ec2/subnet public-a"},
    ),
    "another network": solo("subnetId", "subnet-1", "ec2-public-only-if-it-serves", "not of this stack", subnetId=""),
    "one more group": solo("vpcSecurityGroupIds/-", "sg-1", "sg-own-groups", "1 of its 2 security groups"),
    "no group": solo(
        "vpcSecurityGroupIds", [], "sg-declared sg-narrow-egress sg-own-groups", "0 of its 0", vpcSecurityGroupIds=""
    ),
    "without an owner": solo("tags/owner", "nobody", "tagged", "ml-team"),
    "a disk of another environment": solo("rootBlockDevice/tags/environment", "aws-prod", "tagged", "rootBlockDevice"),
}

LIKE_APP2 = "ec2/instance app2"


def more(name: str, rules: str, says: str, **inputs: Any) -> Added:
    return Added(PROD, tokens.INSTANCE, name, inputs, rules, says, like=LIKE_APP2)


def budget(at: str, to: Any) -> Spoilt:
    return Spoilt(DEV, "budgets/budget month", at, to, "cost-budget", "nobody is told")


DEAR: dict[str, Case] = {
    "a dear machine": solo("instanceType", "m6a.48xlarge", "cost-machine-types", "limits.machines"),
    "an arm64 machine": solo("instanceType", "t4g.small", "cost-machine-types", "t4g.small"),
    "a GPU": solo("instanceType", "g4dn.xlarge", "cost-gpus cost-machine-types", "1 GPUs"),
    "GPUs of an unknown kind": solo("instanceType", "p9.48xlarge", "cost-gpus cost-machine-types", "not known"),
    "a spot machine": solo("instanceMarketOptions", {"marketType": "spot"}, "cost-spot", "1 spot machines"),
    "credit": solo("creditSpecification/cpuCredits", "unlimited", "cost-no-credit", "cpuCredits standard"),
    "a machine that nobody asked for": more("app9", "cost-asked-for", "no setting names it"),
    "a second database": Added(
        PROD, tokens.DATABASE, "more", {}, "cost-databases", "2 managed databases", like="rds/instance database"
    ),
    "a NAT gateway": Added(
        DEV,
        tokens.NAT_GATEWAY,
        "solo",
        {},
        "nat-asked-for",
        "shoestring:nat",
        like="ec2/eip solo",
    ),
    "a budget of millions": budget("limitAmount", "1000000"),
    "a budget of nothing": budget("limitAmount", "0"),
    "a budget that is no number": budget("limitAmount", "much"),
    "a budget of a year": budget("timeUnit", "ANNUALLY"),
    "a letter when it is too late": budget("notifications/0/threshold", 101),
    "a letter to somebody else": budget("notifications/1/subscriberEmailAddresses", ["eve@example.com"]),
    "another environment's budget": budget("costFilters/0/values", ["user:environment$aws-prod"]),
    "no budget": Removed(DEV, "budgets/budget month", "cost-budget", "nobody is told"),
    "something unknown": Added(DEV, "aws:ec2/ami:Ami", "x", {}, "known", "aws-dev-x is a aws:ec2/ami"),
    "a public ACL": Added(
        DEV, "aws:s3/bucketAclV2:BucketAclV2", "x", {"acl": "public-read"}, "known", "no rule judges"
    ),
}
