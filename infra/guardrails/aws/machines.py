"""Rules about machines: how their metadata, disks, identity and first boot are kept from others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from infra.guardrails.aws import tokens
from infra.guardrails.rule import Fault, Rule, at, both, must_be
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.secretive import SECRETS
from infra.seen import entries, mapping

MOST_SHOWN = 40  # characters of the line that looks like a secret, before its value


def _disks(machine: Resource, stack: Stack) -> Iterator[Fault]:
    disks = {"rootBlockDevice": [machine.inputs.get("rootBlockDevice")]}
    disks["ebsBlockDevices"] = entries(machine.inputs.get("ebsBlockDevices"))
    for name, devices in disks.items():
        for device in map(mapping, devices):
            if device.get("encrypted") is not True:
                yield Fault(f"{name}.encrypted is {shown(device.get('encrypted'))}", "true")
            if not device.get("kmsKeyId") or not stack.made_from(machine, name, tokens.KEY):
                yield Fault(f"{name} has no key of the environment", "the environment's own KMS key")


def _volume(volume: Resource, stack: Stack) -> Iterator[Fault]:
    yield from must_be("encrypted", True)(volume, stack)
    if not stack.made_from(volume, "kmsKeyId", tokens.KEY):
        yield Fault("it has no key of the environment", "the environment's own KMS key")


def _identity(machine: Resource, stack: Stack) -> Iterator[Fault]:
    profiles = stack.made_from(machine, "iamInstanceProfile", tokens.INSTANCE_PROFILE)
    if not any(stack.made_from(profile, "role", tokens.ROLE) for profile in profiles):
        yield Fault("it has no role of this stack", "an instance profile, so that no key needs to lie on it")


def _no_secret(machine: Resource, _: Stack) -> Iterator[Fault]:
    if machine.inputs.get("userDataBase64"):
        yield Fault("userDataBase64, which hides what it says", "userData in clear")
    if found := SECRETS.search(str(machine.inputs.get("userData", ""))):
        words = re.split(r"[:=]", found[0])[0][:MOST_SHOWN]
        yield Fault(f"userData holds what looks like a secret ({words}...)", "none: whoever describes it can read it")


def _first_boot(machine: Resource, stack: Stack) -> Iterator[Fault]:
    """Nobody logs in by password or as root, and the host's own new keys are told by its console."""
    try:
        told = mapping(yaml.safe_load(str(machine.inputs.get("userData", ""))))
    except yaml.YAMLError:
        told = {}
    user = mapping(told.get("user"))
    for name, wanted in {"ssh_pwauth": False, "disable_root": True, "ssh_deletekeys": True}.items():
        if told.get(name) is not wanted:
            yield Fault(f"userData says {name}: {shown(told.get(name))}", shown(wanted))
    if at(told, "ssh.emit_keys_to_console") is not True:
        yield Fault("userData keeps the host's keys from its console", "ssh.emit_keys_to_console true")
    if (user.get("name"), entries(told.get("users"))) != ("deploy", ["default"]):
        yield Fault("userData makes other users", "the user `deploy` alone, as the default user")
    if user.get("lock_passwd") is not True:
        yield Fault("userData lets its user log in by password", "lock_passwd true")
    if "ssh_authorized_keys" in {*told, *user}:
        yield Fault("userData lets in a key of its own", "the key pair alone, whose change stops no machine")
    pairs = {pair.inputs.get("keyName") for pair in stack.of(tokens.KEY_PAIR) if pair.inputs.get("publicKey")}
    if (pair := machine.inputs.get("keyName")) is None or pair not in pairs:
        yield Fault(f"its key pair is {shown(pair)}, which is none of this stack", "the key that Ansible logs in with")
    for source in [mapping(one) for each in mapping(told.get("apt")).values() for one in entries(each)]:
        if not str(source.get("uri")).startswith("https://"):
            yield Fault(f"packages come from {shown(source.get('uri'))}", "a mirror reached by TLS")


RULES = (
    Rule(
        "ec2-imdsv2",
        "With version 1 of the metadata service, one forged request of the service hands out the host's role.",
        (tokens.INSTANCE,),
        both(must_be("metadataOptions.httpTokens", "required"), must_be("metadataOptions.httpEndpoint", "enabled")),
    ),
    Rule(
        "ec2-metadata-hops",
        "Nothing behind the machine, such as a container, may ask for the host's role.",
        (tokens.INSTANCE,),
        must_be("metadataOptions.httpPutResponseHopLimit", 1),
    ),
    Rule(
        "ec2-metadata-tags",
        "Tags name owners and environments: a process on the host needs none of it.",
        (tokens.INSTANCE,),
        must_be("metadataOptions.instanceMetadataTags", "disabled"),
    ),
    Rule("ec2-encrypted-disks", "A disk or its snapshot may get into other hands.", (tokens.INSTANCE,), _disks),
    Rule("ebs-encrypted", "A volume or its snapshot may get into other hands.", (tokens.VOLUME,), _volume),
    Rule("ec2-role", "A machine without a role needs keys, and keys are lost.", (tokens.INSTANCE,), _identity),
    Rule("ec2-no-secret", "User data is readable by every process on the host.", (tokens.INSTANCE,), _no_secret),
    Rule(
        "ec2-first-boot", "Between boot and Ansible's first run the host stands alone.", (tokens.INSTANCE,), _first_boot
    ),
    Rule(
        "ec2-monitoring",
        "In prod a trouble of two minutes must be visible.",
        (tokens.INSTANCE,),
        must_be("monitoring", True, in_prod=True),
    ),
    Rule(
        "ec2-no-forwarding",
        "A host that passes on others' traffic is a way round every rule.",
        (tokens.INSTANCE,),
        must_be("sourceDestCheck", True),
    ),
)
