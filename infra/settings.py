"""What an environment in a cloud is to be: the stack's settings, checked before anything is planned or made.

They stand in stacks/Pulumi.<environment>.yaml under `shoestring:`; what is not said there has the default here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from infra import settings_rules, stack_file
from infra.addresses import Cidr, Endpoint, EnvironmentName, Group, HostName, SecureUrl, TrustedCidr
from infra.explain import explain
from infra.fields import MOST_NETWORKS, Part, Unique, word
from infra.problems import Problem, SettingsError
from infra.sizes import SizeName
from infra.state import Repository
from infra.stores import Certificate, Email


class HostSetting(Part):
    """A virtual machine: {name, groups, machine?, spot?}."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "app1", "groups": ["service"]}]})

    name: HostName
    groups: Unique[Group] = Field(min_length=1, description="what runs there", examples=[["proxy", "service"]])
    machine: Annotated[str, word(r"[a-z0-9][a-z0-9.-]{1,40}", "a machine type of the cloud", "t3a.small")] | None = (
        Field(default=None, description="a machine type, instead of the size's")
    )
    spot: bool = Field(
        default=False, description="cheaper, and taken away when the cloud wants it back", examples=[True]
    )


class Budget(Part):
    """What a month may cost. The plan's fixed costs must be below it, and the cloud writes to `emails` near it."""

    monthly_usd: int = Field(ge=1, le=100_000, description="US dollars a month, from 1 to 100000", examples=[30])
    emails: Unique[Email] = Field(min_length=1, max_length=10, description="who is told", examples=[["me@acme.dev"]])


class Limits(Part):
    """What the guardrails allow; each is raised here, on purpose, and nowhere else."""

    hosts: int = Field(default=4, ge=1, le=50, description="how many machines, from 1 to 50", examples=[4])
    gpus: int = Field(default=0, ge=0, le=64, description="how many GPUs in all machines together", examples=[1])
    spot: int = Field(default=0, ge=0, le=50, description="how many spot machines", examples=[1])
    machines: Unique[str] = Field(
        default=[], description="machine types beside those of the sizes", examples=[["m6a.xlarge"]]
    )


class Settings(Part):
    """All that a stack file says in any cloud; infra/settings_clouds.py has what each adds, and narrows.

    Made by `load` (a file) or `of` (Pulumi's configuration).
    """

    environment: EnvironmentName
    cloud: Literal["aws", "gcp"] = Field(description="whose cloud: aws or gcp")
    region: str
    tier: Literal["dev", "prod"] = Field(description="dev, or prod: two zones for data, logs kept, locked backups")
    size: SizeName = Field(default="small", description="small, medium or large (infra/sizes.py)")
    owner: Annotated[str, word(r"[a-z0-9][a-z0-9._@-]{1,62}", "who answers for it; a tag of every resource", "ml-team")]
    image: str
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
        default=["a", "b"],
        min_length=2,
        max_length=2,
        description="two zones of the region, by their letters",
        examples=[["a", "b"]],
    )
    other_cidrs: Unique[TrustedCidr] = Field(
        default=[], max_length=MOST_NETWORKS, description="networks that will be joined with it: none may overlap"
    )
    nat: bool = Field(
        default=False,
        description="a NAT gateway: private hosts reach IPv4 too, for about 38 USD a month",
        examples=[True],
    )
    mirror: SecureUrl | None = Field(
        default=None,
        description="a Debian mirror that answers by TLS, and over IPv6 for private hosts; the image's own if none",
        examples=["https://mirror.acme.dev/debian"],
    )
    ssh: Literal["tunnel", "direct", "jump"] = Field(
        default="tunnel", description="how to log in: by the cloud's tunnel, from admin_cidrs, or through the proxy"
    )
    admin_cidrs: Unique[TrustedCidr] = Field(
        default=[], max_length=MOST_NETWORKS, description="who may reach sshd, with `ssh: direct` or `jump`"
    )
    public_cidrs: Unique[Cidr] = Field(
        default=["0.0.0.0/0", "::/0"],
        min_length=1,
        max_length=MOST_NETWORKS,
        description="who may reach the proxy",
        examples=[["0.0.0.0/0", "::/0"]],
    )
    names: Unique[Endpoint] = Field(default=[], description="the names that users type; the proxy's address if none")
    zone: str | None = Field(default=None, description="the DNS zone to write the names into")
    certificate: Certificate = "internal"
    repository: Repository | None = Field(
        default=None, description="the GitHub repository that may plan and deploy it; nobody's if none"
    )
    backend: str | None = Field(default=None, description="where Pulumi keeps the state: `make bootstrap` says so")
    deletion_protection: bool = Field(
        default=True, description="false only where data may be thrown away; never in prod", examples=[True]
    )

    @property
    def prod(self) -> bool:
        return self.tier == "prod"

    @classmethod
    def load(cls, path: Path) -> Settings:
        """The settings in stacks/Pulumi.<environment>.yaml. Raises SettingsError, which lists every problem."""
        return cls.of(stack_file.environment(path), stack_file.read(path), path)

    @classmethod
    def of(cls, environment: str, config: Mapping[str, Any], source: Path | str) -> Settings:
        """From Pulumi's configuration: `shoestring:<key>` -> value (JSON text for what is not plain), and the region.

        Raises SettingsError, which lists every problem of `source`.
        """
        kind = settings_clouds.KINDS[stack_file.cloud(config)]
        keys = {stack_file.key(name, stack_file.cloud(config)): name for name in kind.model_fields}
        problems = list(stack_file.strangers(config, [key for key, name in keys.items() if name != "environment"]))
        found = {key: _plain(keys[key], value) for key, value in config.items() if key in keys}
        found["environment"] = environment
        try:
            settings = kind.model_validate(found, by_alias=True, by_name=False)
        except ValidationError as error:
            told = map(_of_the_name, explain(error, found, kind.model_json_schema()))
            raise SettingsError(source, [*problems, *told]) from None
        problems += settings_rules.broken(settings)
        if problems:
            raise SettingsError(source, problems)
        return settings


TRUE_OR_FALSE = {name for name, field in Settings.model_fields.items() if field.annotation is bool}


def _plain(name: str, value: Any) -> Any:
    """What is meant by a value of Pulumi's, which hands on every one as text: what is no plain text as JSON.

    A text that reads like a number stays one: an owner may be called 42.
    """
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return read if name in TRUE_OR_FALSE or isinstance(read, dict | list) else value


def _of_the_name(problem: Problem) -> Problem:
    if problem.path != "environment":
        return problem
    return replace(problem, path="(the file's name)", fix="rename it like Pulumi.aws-dev.yaml")


# Last, since what it has is made from the classes above.
from infra import settings_clouds  # noqa: E402
