"""Rules about machines: how their metadata, disks, identity and first boot are kept from others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, at, both, must_be
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.secretive import SECRETS
from infra.seen import entries, mapping, texts

WIDE = ("cloud-platform", "https://www.googleapis.com/auth/cloud-platform")
METADATA = {
    "block-project-ssh-keys": "TRUE",
    "enable-oslogin": "FALSE",  # waived: it gives a login for each person, and Ansible needs one for the environment
    "enable-guest-attributes": "TRUE",
    "serial-port-enable": "FALSE",
}
MOST_SHOWN = 40  # characters of the line that looks like a secret, before its value


def _boot_disk(machine: Resource, stack: Stack) -> Iterator[Fault]:
    if not at(machine.inputs, "bootDisk.kmsKeySelfLink") or not stack.made_from(machine, "bootDisk", tokens.KEY):
        yield Fault("its system disk has no key of the environment", "the environment's own KMS key")
    for name in ("attachedDisks", "scratchDisks"):
        if entries(machine.inputs.get(name)):
            yield Fault(f"it has {name} of its own, which no other rule here sees", "disks as resources")


def _disk(disk: Resource, stack: Stack) -> Iterator[Fault]:
    by = at(disk.inputs, "diskEncryptionKey.kmsKeySelfLink")
    if not by or not stack.made_from(disk, "diskEncryptionKey", tokens.KEY):
        yield Fault("it has no key of the environment", "the environment's own KMS key")


def _identity(machine: Resource, stack: Stack) -> Iterator[Fault]:
    scopes = texts(at(machine.inputs, "serviceAccount.scopes"))
    if not scopes or any(scope in WIDE for scope in scopes):
        yield Fault(f"its scopes are {shown(scopes)}", "those of storage")
    if not at(machine.inputs, "serviceAccount.email") or not stack.made_from(machine, "serviceAccount", tokens.ACCOUNT):
        yield Fault("it runs as no account of this stack", "a service account of its own, never the project's default")


def _metadata(machine: Resource, _: Stack) -> Iterator[Fault]:
    found = mapping(machine.inputs.get("metadata"))
    for name, wanted in METADATA.items():
        if found.get(name) != wanted:
            yield Fault(f"metadata {name} is {shown(found.get(name))}", shown(wanted))
    if strange := sorted(set(found) - {*METADATA, "startup-script"}):
        yield Fault(f"it has the metadata {', '.join(strange)}", f"only {', '.join([*METADATA, 'startup-script'])}")
    if machine.inputs.get("metadataStartupScript"):
        yield Fault("metadataStartupScript replaces the machine when it changes", "startup-script in its metadata")


def _no_secret(machine: Resource, _: Stack) -> Iterator[Fault]:
    for name, value in mapping(machine.inputs.get("metadata")).items():
        if found := SECRETS.search(str(value)):
            words = re.split(r"[:=]", found[0])[0][:MOST_SHOWN]
            yield Fault(f"{name} holds what looks like a secret ({words}...)", "none: whoever describes it can read it")


def _first_boot(machine: Resource, _: Stack) -> Iterator[Fault]:
    script = str(mapping(machine.inputs.get("metadata")).get("startup-script", ""))
    if "id deploy" not in script or "authorized_keys" not in script:
        yield Fault(
            "its first boot lets Ansible in by nothing", "the user `deploy` with the key that Ansible logs in by"
        )


_MACHINE = (tokens.INSTANCE,)
RULES = (
    Rule("gce-metadata", "Who may write metadata of the project would log in to each machine.", _MACHINE, _metadata),
    Rule(
        "gce-shielded",
        "A boot loader that was exchanged sees everything.",
        _MACHINE,
        both(
            must_be("shieldedInstanceConfig.enableSecureBoot", True),
            must_be("shieldedInstanceConfig.enableVtpm", True),
            must_be("shieldedInstanceConfig.enableIntegrityMonitoring", True),
        ),
    ),
    Rule("gce-encrypted-disks", "A disk or its snapshot may get into other hands.", _MACHINE, _boot_disk),
    Rule("disk-encrypted", "A disk or its snapshot may get into other hands.", (tokens.DISK,), _disk),
    Rule("gce-own-account", "The project's default account may edit everything in it.", _MACHINE, _identity),
    Rule("gce-no-secret", "Metadata is readable by every process on the host.", _MACHINE, _no_secret),
    Rule("gce-first-boot", "A machine that nobody can log in to is only paid for.", _MACHINE, _first_boot),
    Rule(
        "gce-no-forwarding",
        "A host that passes on others' traffic is a way round every rule.",
        _MACHINE,
        must_be("canIpForward", False),
    ),
)
