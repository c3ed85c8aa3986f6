"""What an environment in a cloud is to be: the stack's settings, checked before anything is planned or made.

They stand in stacks/Pulumi.<environment>.yaml under `shoestring:`; what is not said there has the default here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from infra import documents, settings_rules
from infra.addresses import Cidr, Endpoint, EnvironmentName, Group, HostName, TrustedCidr
from infra.explain import explain
from infra.fields import MOST_NETWORKS, Part, Unique, word
from infra.problems import Problem, SettingsError, nearest
from infra.seen import mapping
from infra.sizes import SizeName
from infra.state import Backend, Repository
from infra.stores import Certificate, Email

NAMESPACE = "shoestring"
REGION = {"aws": "aws:region"}
"""The key that the cloud's own Pulumi package reads the region from; stated there and nowhere else."""


class HostSetting(Part):
    """A virtual machine."""

    name: HostName
    groups: Unique[Group] = Field(min_length=1, description="what runs there", examples=[["proxy", "service"]])
    machine: Annotated[str, word(r"[a-z0-9][a-z0-9.-]{1,40}", "a machine type of the cloud", "t3a.small")] | None = (
        Field(default=None, description="a machine type, instead of the size's")
    )
    spot: bool = Field(default=False, description="true: cheaper, and taken away when the cloud wants it back")


class Budget(Part):
    """What a month may cost. The plan's fixed costs must be below it, and the cloud writes to `emails` near it."""

    monthly_usd: int = Field(ge=1, le=100_000, description="US dollars a month", examples=[30])
    emails: Unique[Email] = Field(min_length=1, max_length=10, description="who is told", examples=[["me@acme.dev"]])


class Limits(Part):
    """What the guardrails allow; each is raised here, on purpose, and nowhere else."""

    hosts: int = Field(default=4, ge=1, le=50, description="how many machines")
    gpus: int = Field(default=0, ge=0, le=64, description="how many GPUs in all machines together")
    spot: int = Field(default=0, ge=0, le=50, description="how many spot machines")
    machines: Unique[str] = Field(default=[], description="machine types beside those of the sizes")


class Settings(Part):
    """All that a stack file says. Made by `load` (a file) or `of` (Pulumi's configuration)."""

    environment: EnvironmentName
    cloud: Literal["aws"] = Field(description="whose cloud: aws")
    region: Annotated[str, word(r"[a-z]{2}(-[a-z]+)+-\d", "a region of the cloud", "eu-central-1")]
    tier: Literal["dev", "prod"] = Field(description="dev, or prod: two zones for data, logs kept, locked backups")
    size: SizeName = Field(default="small", description="small, medium or large (infra/sizes.py)")
    owner: Annotated[str, word(r"[a-z0-9][a-z0-9._@-]{1,62}", "who answers for it; a tag of every resource", "ml-team")]
    image: Annotated[
        str,
        word(
            r"debian-13-amd64-\d{8}-\d{3,5}|ami-[0-9a-f]{8,17}",
            "a Debian 13 image by its full name, which is one build in every region, or by its id",
            "debian-13-amd64-20260914-2601",
        ),
    ]
    hosts: list[HostSetting] = Field(
        min_length=1, max_length=50, description="the machines", examples=[[{"name": "app1", "groups": ["service"]}]]
    )
    database: Literal["host", "managed"] = Field(default="host", description="on a host in that group, or the cloud's")
    budget: Budget = Field(
        description="{monthly_usd, emails}: what a month may cost, and who is told",
        examples=[{"monthly_usd": 30, "emails": ["me@acme.dev"]}],
    )
    limits: Limits = Limits()
    cidr: Cidr = Field(default="10.20.0.0/16", description="the environment's own network, /16 to /24")
    zones: Unique[Annotated[str, word(r"[a-f]", "the letter of a zone of the region", "a")]] = Field(
        default=["a", "b"], min_length=2, max_length=2, description="two zones of the region, by their letters"
    )
    other_cidrs: Unique[TrustedCidr] = Field(
        default=[], max_length=MOST_NETWORKS, description="networks that will be joined with it: none may overlap"
    )
    nat: bool = Field(
        default=False, description="a NAT gateway: private hosts reach IPv4 too, for about 38 USD a month"
    )
    ssh: Literal["tunnel", "direct", "jump"] = Field(
        default="tunnel", description="how to log in: by the cloud's tunnel, from admin_cidrs, or through the proxy"
    )
    admin_cidrs: Unique[TrustedCidr] = Field(
        default=[], max_length=MOST_NETWORKS, description="who may reach sshd, with `ssh: direct` or `jump`"
    )
    public_cidrs: Unique[Cidr] = Field(
        default=["0.0.0.0/0", "::/0"], max_length=MOST_NETWORKS, description="who may reach the proxy"
    )
    names: Unique[Endpoint] = Field(default=[], description="the names that users type; the proxy's address if none")
    zone: Annotated[str, word(r"Z[A-Z0-9]{5,31}", "the id of a hosted zone", "Z0123456789ABCDEFGHIJ")] | None = Field(
        default=None, description="the DNS zone to write the names into; else the records are printed"
    )
    certificate: Certificate = "internal"
    repository: Repository | None = Field(
        default=None, description="the GitHub repository that may plan and deploy it; nobody's if none"
    )
    backend: Backend | None = Field(default=None, description="where Pulumi keeps the state: `make bootstrap` says so")
    deletion_protection: bool = Field(
        default=True, description="false only where data may be thrown away; never in prod"
    )

    @property
    def prod(self) -> bool:
        return self.tier == "prod"

    @classmethod
    def load(cls, path: Path) -> Settings:
        """The settings in stacks/Pulumi.<environment>.yaml. Raises SettingsError, which lists every problem."""
        document = documents.read(path, SettingsError)
        config = mapping(mapping(document).get("config"))
        return cls.of(path.stem.removeprefix("Pulumi."), config, path)

    @classmethod
    def of(cls, environment: str, config: Mapping[str, Any], source: Path | str) -> Settings:
        """From Pulumi's configuration: `shoestring:<key>` -> value (JSON text for what is not plain), and the region.

        Raises SettingsError, which lists every problem of `source`.
        """
        found: dict[str, Any] = {"environment": environment}
        problems: list[Problem] = []
        for key, value in config.items():
            namespace, _, name = key.partition(":")
            if namespace == NAMESPACE:
                found[name] = _plain(value)
            elif key in REGION.values():
                found["region"] = value
            elif namespace not in REGION and namespace != "pulumi":
                meant = nearest(key, [f"{NAMESPACE}:{field}" for field in cls.model_fields])
                fix = f"did you mean `{meant}`? Rename it, or delete it" if meant else "delete it"
                problems.append(Problem(key, f"the unknown key `{key}`", f"keys that begin with {NAMESPACE}:", fix))
        try:
            settings = cls.model_validate(found)
        except ValidationError as error:
            told = explain(error, found, cls.model_json_schema())
            raise SettingsError(source, [*problems, *map(_as_in_the_file, told)]) from None
        problems += map(_as_in_the_file, settings_rules.broken(settings))
        if problems:
            raise SettingsError(source, problems)
        return settings


def _as_in_the_file(problem: Problem) -> Problem:
    prefix = "" if problem.path.startswith("(") else f"{NAMESPACE}:"
    path = REGION["aws"] if problem.path == "region" else prefix + problem.path
    return Problem(path, problem.found, problem.expected, problem.fix)


def _plain(value: Any) -> Any:
    """Pulumi hands on every value as text, what is no text as JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
