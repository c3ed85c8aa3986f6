"""The Footprint: the one file in which infra/ (what exists) and ansible/ (what runs) meet.

`python -m infra.footprint schema` prints its JSON schema, `python -m infra.footprint check FILE` says what is
wrong with one. It never holds a secret's value, only references to secrets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from infra import documents
from infra.addresses import Address, Cidr, Endpoint, EnvironmentName, Time, TrustedCidr, Url
from infra.explain import explain, without
from infra.fields import MOST_HOSTS, MOST_NETWORKS, Part, Unique
from infra.hosts import Host
from infra.placeholders import placeholders
from infra.problems import FootprintError, Problem, refuse
from infra.rules import broken
from infra.stores import Buckets, Database, Public


class Network(Part):
    """Who counts as inside, as an administrator, and as the public."""

    private_cidrs: Unique[TrustedCidr] = Field(
        min_length=1, description="the networks that hold the hosts' addresses", examples=[["10.20.0.0/24"]]
    )
    admin_cidrs: Unique[TrustedCidr] = Field(
        max_length=MOST_NETWORKS,
        description="the networks that may reach sshd of hosts with `via: direct`",
        examples=[["192.168.7.0/24"]],
    )
    public_cidrs: Unique[Cidr] = Field(
        max_length=MOST_NETWORKS,
        description="the networks that may reach the proxy; 0.0.0.0/0 and ::/0 are everybody",
        examples=[["0.0.0.0/0", "::/0"]],
    )
    http_proxy: Url | None = Field(default=None, description="the proxy that hosts use to reach the OS mirror")
    apt_mirror: Url | None = Field(default=None, description="the Debian mirror, instead of Debian's own")
    dns: Unique[Address] = Field(default=[], description="DNS servers, instead of those the hosts have")
    ntp: Unique[Endpoint] = Field(default=[], description="time servers, instead of Debian's pool")


class Footprint(Part):
    """All that Ansible knows of an environment. Made by `load` (a file) or `model_validate` (JSON types)."""

    schema_version: Literal[1] = Field(default=1, alias="schema", description="the schema's version, 1", examples=[1])
    environment: EnvironmentName
    producer: Literal["pulumi", "hand"] = Field(default="hand", description="who wrote this file: pulumi or hand")
    generated_at: Time | None = Field(default=None, description="when a program wrote this file")
    accept: Unique[Literal["backups-on-database-host"]] = Field(default=[], description="risks accepted in words")
    hosts: list[Host] = Field(
        min_length=1,
        max_length=MOST_HOSTS,
        description="the hosts, at least one",
        examples=[[{"name": "app1", "address": "10.20.0.5"}]],
    )
    network: Network = Field(
        description="a mapping with private_cidrs, admin_cidrs and public_cidrs",
        examples=[{"private_cidrs": ["10.20.0.0/24"]}],
    )
    public: Public = Field(description="a mapping with `names`", examples=[{"names": ["predict.internal"]}])
    database: Database = Field(description="{kind: host} or {kind: managed, ...}", examples=[{"kind": "host"}])
    buckets: Buckets = Field(
        description="a mapping with `artifacts` and `backups`",
        examples=[{"artifacts": {"kind": "host"}, "backups": {"kind": "host"}}],
    )

    @model_validator(mode="after")
    def _follows_the_rules(self) -> Self:
        if problems := list(broken(self.plain())):
            raise refuse("a Footprint without contradictions", "\n".join(map(str, problems)))
        return self

    def plain(self) -> dict[str, Any]:
        """The whole Footprint as JSON types, defaults filled in, keys as in the file."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """The Footprint in `path` (.yml, .yaml or .json), whose directory must be named like its environment.

        Raises FootprintError, which lists every problem of the file with its key path, what was found, what
        is expected and how to fix it.
        """
        file = Path(path).absolute()
        document = documents.read(file, FootprintError)
        problems = [*cls.problems(document), *_misplaced(document, file)]
        if problems:
            raise FootprintError(path, problems)
        return cls.model_validate(document)

    @classmethod
    def problems(cls, document: object) -> list[Problem]:
        """Everything that is wrong with a document of JSON types; empty when it is a Footprint."""
        try:
            cls.model_validate(document)
        except ValidationError as error:
            blanks = list(placeholders(document))
            fields = explain(error, document, cls.model_json_schema())
            rules = broken(document) if isinstance(document, Mapping) else ()
            return [*blanks, *without(fields, {blank.path for blank in blanks}), *rules]
        return list(placeholders(document))


def _misplaced(document: object, file: Path) -> list[Problem]:
    named = document.get("environment") if isinstance(document, Mapping) else None
    directory = file.parent.name
    if not isinstance(named, str) or named == directory:
        return []
    fix = f"write `environment: {directory}`, or move the file to a directory named {named}"
    return [Problem("environment", f"{named}, in the directory {directory}", "the name of its directory", fix)]


def schema() -> str:
    """The JSON schema, as stacks/footprint.schema.json holds it."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Footprint.model_json_schema()}
    return json.dumps(document, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """`schema` prints the JSON schema; `check FILE` says why that is no Footprint and returns 1, or 0."""
    match arguments:
        case ["schema"]:
            print(schema(), end="")
        case ["check", file]:
            try:
                Footprint.load(file)
            except FootprintError as error:
                print(error, file=sys.stderr)
                return 1
            print(f"{file}: good")
        case _:
            print("usage: python -m infra.footprint schema | check FILE", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
