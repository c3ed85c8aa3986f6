"""What `rehearsal.yml` may say; anything else is refused by name."""

from collections import Counter
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from infra.addresses import Endpoint
from infra.fields import Unique
from infra.stores import Acme, Certificate
from rehearsal.hosts import volumes
from rehearsal.hosts.errors import HostsError

Device = Annotated[str, StringConstraints(pattern=r"^/dev/disk/by-id/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
Interface = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,14}$")]


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Volume(Strict):
    """A disk of its own for what holds data; it takes from this machine's disk only what is written."""

    purpose: Literal["database", "bucket"]
    size: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}[MG]$")]  # such as 512M or 2G
    # Where the host finds it; a cloud's machine expects its provider's name.
    device: Device | None = None

    @property
    def path(self) -> str:
        """Where the host finds it."""
        return self.device or volumes.device(self.purpose)

    @field_validator("size")
    @classmethod
    def enough(cls, value: str) -> str:
        """PostgreSQL's empty cluster and a journal have to fit."""
        if volumes.size(value) < volumes.size("128M"):
            raise ValueError("expected 128M or more")
        return value


class Host(Strict):
    """One Debian host."""

    name: Name
    address: IPv4Address
    address6: IPv6Address | None = None  # else as far into its range as `address` into its own
    groups: list[Name] = Field(min_length=1)
    volumes: list[Volume] = []

    @model_validator(mode="after")
    def used(self) -> Self:
        """As the Footprint has it: each purpose once, and only where its group is."""
        purposes = [volume.purpose for volume in self.volumes]
        if len(set(purposes)) < len(purposes):
            raise ValueError(f"volumes: {self.name} has two for one purpose")
        for purpose in set(purposes) - set(self.groups):
            raise ValueError(f"volumes: {self.name} has one for {purpose}, expected {purpose} among its groups")
        return self


class Door(Strict):
    """The Footprint's `public`; without names the proxy's own address is the name."""

    names: Unique[Endpoint] = []
    certificate: Certificate = "internal"

    @model_validator(mode="after")
    def certifiable(self) -> Self:
        """As the Footprint has it."""
        if isinstance(self.certificate, Acme) and not self.names:
            raise ValueError("names: none, expected the DNS names that the issuer is to certify")
        return self


class Rehearsal(Strict):
    """The hosts of one environment and the network between them."""

    bridge: Interface
    subnet4: IPv4Network
    subnet6: IPv6Network
    also: list[IPv4Address] = []  # of this machine's own on the bridge: whence a cloud's tunnel comes
    hosts: list[Host] = Field(min_length=1, max_length=50)
    public: Door = Door()

    @field_validator("subnet4")
    @classmethod
    def private4(cls, value: IPv4Network) -> IPv4Network:
        """Public addresses would cut this machine off from their owners."""
        if not value.is_private or not 16 <= value.prefixlen <= 28:
            raise ValueError("expected a private range between /16 and /28, such as 10.77.0.0/24")
        return value

    @field_validator("subnet6")
    @classmethod
    def private6(cls, value: IPv6Network) -> IPv6Network:
        """As for version 4."""
        if not value.subnet_of(IPv6Network("fc00::/7")) or not 48 <= value.prefixlen <= 64:
            raise ValueError("expected a range between /48 and /64 below fc00::/7, such as fd77:5705:1e55::/64")
        return value

    @model_validator(mode="after")
    def consistent(self) -> Self:
        """Every host has a name and an address of its own inside the range."""
        for what, values in (
            ("name", [h.name for h in self.hosts]),
            ("address", [str(h.address) for h in self.hosts]),
            ("address", [str(self.address6(h)) for h in self.hosts]),
        ):
            twice = [value for value, count in Counter(values).items() if count > 1]
            if twice:
                raise ValueError(f"hosts: two hosts have the {what} {twice[0]}")
        taken6 = {self.subnet6.network_address, self.gateway6}
        taken = {self.subnet4.network_address, self.subnet4.broadcast_address, self.gateway4}
        for host in self.hosts:
            if host.address not in self.subnet4 or host.address in taken:
                raise ValueError(
                    f"hosts: {host.name} has {host.address}, expected an address in {self.subnet4}"
                    f" other than the bridge's {self.gateway4}"
                )
            if (address6 := self.address6(host)) not in self.subnet6 or address6 in taken6:
                raise ValueError(
                    f"hosts: {host.name} has {address6}, expected an address in {self.subnet6}"
                    f" other than the bridge's {self.gateway6}"
                )
        return self

    @property
    def gateway4(self) -> IPv4Address:
        """The bridge's own address: the first of the range."""
        return self.subnet4.network_address + 1

    @property
    def gateway6(self) -> IPv6Address:
        """The bridge's own address: the first of the range."""
        return self.subnet6.network_address + 1

    def address6(self, host: Host) -> IPv6Address:
        """A host's IPv6 address: as far into its range as the IPv4 one, so that nobody has to keep two lists."""
        return host.address6 or self.subnet6.network_address + (int(host.address) - int(self.subnet4.network_address))


def load(path: Path) -> Rehearsal:
    """Read and check a rehearsal.yml.

    Raises:
        HostsError: naming the file, the key, what was expected and what to do.
    """
    consequence, fix = "no host was touched", f"edit {path}, then run the same command again"
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise HostsError(f"{path} can't be read: {error}", consequence, fix) from None
    if not isinstance(said, dict):
        raise HostsError(f"{path} is not a mapping; expected bridge, subnet4, subnet6 and hosts", consequence, fix)
    try:
        return Rehearsal.model_validate(said)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in e['loc']) or 'file'}: {e['msg']} (found {e['input']!r:.80})"
            for e in error.errors()
        ]
        raise HostsError(f"{path} is wrong: " + "; ".join(lines), consequence, fix) from None
