"""The Footprint's data and its public door: database, buckets, names and certificate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Tag

from infra.addresses import Endpoint, SecureUrl
from infra.fields import Part, Port, Unique, variant, word
from infra.trust import Certificates, Credentials, Secret


def _version(value: object) -> object:
    """17 -> "17"; a float is left alone (and so refused), because 17.10 would have lost its zero."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


SqlName = Annotated[str, word(r"[a-z_][a-z0-9_]{0,62}", "a PostgreSQL name of a-z, 0-9 and _", "service")]
Version = Annotated[
    str,
    BeforeValidator(_version),
    word(r"1[4-9](\.\d{1,2})?", "PostgreSQL's version from 14 to 19, in quotes", "17"),
]
BucketName = Annotated[
    str,
    word(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", "a bucket's name: 3 to 63 of a-z, 0-9 . _ -", "acme-backups"),
]
Prefix = Annotated[
    str,
    word(
        r"(?!.*(?:\.\.|//))[A-Za-z0-9][A-Za-z0-9._/-]{0,200}(?<!/)",
        "a prefix in the bucket, without a slash at either end",
        "shoestring/prod",
    ),
]
Region = Annotated[str, word(r"[a-z0-9-]{2,32}", "a region's name", "eu-central-1")]
Email = Annotated[
    str,
    word(
        r"[A-Za-z0-9._%+-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+",
        "an e-mail address that the issuer may write to",
        "ops@mycompany.net",
    ),
]


class OnHost(Part):
    """It runs on the host that is in the group of its name."""

    kind: Literal["host"]


class Admin(Part):
    user: SqlName
    secret: Secret


class ManagedDatabase(Part):
    """A PostgreSQL that a cloud runs."""

    kind: Literal["managed"]
    address: Endpoint
    port: Port = Field(description="a port number from 1 to 65535", examples=[5432])
    version: Version
    name: SqlName
    ca_pem: Certificates
    admin: Admin = Field(
        description="{user, secret}, who may create roles and schemas",
        examples=[{"user": "shoestring", "secret": "vault:vault_database_admin"}],
    )


Database = Annotated[OnHost | ManagedDatabase, Field(discriminator="kind")]


class CloudBucket(Part):
    """A bucket in S3, in something that speaks S3, or in Google Cloud Storage."""

    kind: Literal["s3", "gcs"]
    name: BucketName
    prefix: Prefix | None = None
    endpoint: SecureUrl | None = None
    region: Region | None = None
    path_style: bool = Field(default=False, description="true: the bucket's name goes into the path, not the host name")
    ca_pem: Certificates | None = None
    credentials: Credentials


Bucket = Annotated[OnHost | CloudBucket, Field(discriminator="kind")]


class Buckets(Part):
    artifacts: Bucket = Field(description="{kind: host}, or {kind: s3 | gcs, ...}", examples=[{"kind": "host"}])
    backups: Bucket = Field(description="{kind: host}, or {kind: s3 | gcs, ...}", examples=[{"kind": "host"}])


class Account(Part):
    email: Email
    directory: SecureUrl | None = Field(default=None, description="the ACME directory, instead of Let's Encrypt's")


class Acme(Part):
    acme: Account = Field(description="{email, directory?}")


Certificate = Annotated[
    Annotated[Literal["internal"], Tag("internal")]
    | Annotated[Literal["files"], Tag("files")]
    | Annotated[Acme, Tag("acme")],
    variant(
        "internal, files or {acme: {email: ...}}",
        "write `certificate: internal`, or `certificate: {acme: {email: <yours>}}`",
    ),
]


class Public(Part):
    """The one door for everybody."""

    names: Unique[Endpoint] = Field(
        min_length=1,
        description="the names or addresses that users type, at least one",
        examples=[["predict.mycompany.net"]],
    )
    certificate: Certificate = Field(default="internal", description="where the public certificate comes from")
