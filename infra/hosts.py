"""The Footprint's hosts: what each is called, which roles it has, and how the controller reaches it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Tag, model_validator

from infra.addresses import Address, Endpoint, Group, HostName, UserName
from infra.fields import MOST_VOLUMES, Part, Port, Unique, variant, word
from infra.trust import HostKey


class JumpTarget(Part):
    host: HostName


class Jump(Part):
    jump: JumpTarget = Field(description="{host: <name>}, the host to jump through", examples=[{"host": "gate1"}])


class InstanceConnect(Part):
    """An EC2 Instance Connect Endpoint; the controller needs the `aws` CLI."""

    kind: Literal["aws-instance-connect"]
    target: Annotated[str, word(r"i-[0-9a-f]{8,17}", "an EC2 instance id", "i-0123456789abcdef0")]
    region: Annotated[str, word(r"[a-z]{2}(?:-[a-z]+)+-\d", "an AWS region", "eu-central-1")]


IAP = "35.235.240.0/20"
"""Whence Google's tunnel comes to a host, says cloud.google.com/iap/docs/using-tcp-forwarding."""


class IdentityAwareProxy(Part):
    """Google's IAP; the controller needs the `gcloud` CLI."""

    kind: Literal["gcp-iap"]
    target: Annotated[str, word(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "a Compute Engine instance name", "app1")]
    project: Annotated[str, word(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "a Google Cloud project id", "shoestring-dev")]
    zone: Annotated[str, word(r"[a-z]+-[a-z]+\d+-[a-z]", "a Google Cloud zone", "europe-west3-a")]


class Tunnel(Part):
    tunnel: Annotated[InstanceConnect | IdentityAwareProxy, Field(discriminator="kind")]


Via = Annotated[
    Annotated[Literal["direct"], Tag("direct")] | Annotated[Jump, Tag("jump")] | Annotated[Tunnel, Tag("tunnel")],
    variant(
        "direct, {jump: {host: ...}} or {tunnel: {kind: ..., target: ...}}",
        "write `via: direct`, or `via: {jump: {host: <another host of this file>}}`",
    ),
]


class Ssh(Part):
    """How the controller logs in."""

    address: Endpoint = Field(
        default="",
        description="where sshd is reached: a DNS name or an IP address; the host's address if left out",
    )
    port: Port = 22
    user: UserName
    host_keys: Unique[HostKey] = Field(
        min_length=1,
        description="the host's public SSH keys, at least one, `type base64` each",
        examples=[["ssh-ed25519 AAAAC3Nza..."]],
    )
    via: Via = Field(default="direct", description="how the controller gets there")


class Volume(Part):
    purpose: Literal["database", "bucket"] = Field(description="what the volume is for: database or bucket")
    device: Annotated[
        str,
        word(
            r"/dev/disk/by-id/[A-Za-z0-9][A-Za-z0-9._:+@=-]{0,200}",
            "a path under /dev/disk/by-id/ (it names the same disk after every boot)",
            "/dev/disk/by-id/virtio-data1",
        ),
    ]


class Host(Part):
    """One machine."""

    name: HostName
    groups: Unique[Group] = Field(
        min_length=1, description="what runs there, at least one group", examples=[["proxy", "service"]]
    )
    address: Address
    public_address: Address | None = None
    ssh: Ssh = Field(
        description="how to log in: a mapping with `user` and `host_keys`",
        examples=[{"user": "deploy", "host_keys": ["ssh-ed25519 AAAAC3Nza..."]}],
    )
    volumes: list[Volume] = Field(
        default=[], max_length=MOST_VOLUMES, description="disks of their own for database or bucket"
    )

    @model_validator(mode="after")
    def _fill_in_the_ssh_address(self) -> Self:
        # The object is still being built; it is frozen for everybody who gets it.
        if not self.ssh.address:
            object.__setattr__(self.ssh, "address", self.address)
        return self
