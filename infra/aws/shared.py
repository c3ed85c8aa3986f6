"""What the environments of an account share, by name: `make bootstrap` makes it, and no stack owns it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.settings import Settings

ALIAS = "alias/shoestring-state"
PATH = "/shoestring/"  # of the roles and of their boundary: what a stack makes has the path /
BOUNDARY = "shoestring-boundary"
BUCKET = "shoestring-state"
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}  # all other regions are in `aws`


@dataclass(frozen=True)
class Shared:
    """The names of what the environments of `account` (12 digits) in `region` share. ARNs, where nothing else is said.

    The bucket's and the key's names are the region's, the others are the account's.
    """

    account: str
    region: str

    @classmethod
    def of(cls, backend: str | None) -> Shared | None:
        """From the setting `backend`; None if there is none, or one that `make bootstrap` did not make."""
        found = re.match(rf"s3://{BUCKET}-(\d{{12}})-([a-z0-9-]+)\?", backend or "")
        shared = cls(found[1], found[2]) if found else None
        return shared if shared and shared.backend == backend else None

    @property
    def partition(self) -> str:
        return next((name for start, name in PARTITIONS.items() if self.region.startswith(start)), "aws")

    @property
    def bucket(self) -> str:
        """The name of the bucket that holds the state: nobody else has reason to take it, with the account in it."""
        return f"{BUCKET}-{self.account}-{self.region}"

    @property
    def backend(self) -> str:
        """The URL that Pulumi takes the state from."""
        return f"s3://{self.bucket}?region={self.region}&awssdk=v2"

    @property
    def secrets_provider(self) -> str:
        """The URL of the key that Pulumi encrypts secrets in the state with."""
        return f"awskms://{ALIAS}?region={self.region}"

    @property
    def boundary(self) -> str:
        """The permissions boundary that roles made from GitHub must carry: every role of a stack does."""
        return f"arn:{self.partition}:iam::{self.account}:policy{PATH}{BOUNDARY}"

    def role(self, kind: str, environment: str) -> str:
        """The role that GitHub takes; `kind` is plan or apply."""
        return f"arn:{self.partition}:iam::{self.account}:role{PATH}{role(kind, environment)}"


def role(kind: str, environment: str) -> str:
    """Its name: at most 50 of the 64 letters that a role may have."""
    return f"shoestring-{environment}-{kind}"


def boundary_of(settings: Settings) -> str | None:
    """The permissions boundary of every role that the program makes; None where nobody comes in from GitHub."""
    shared = Shared.of(settings.backend) if settings.repository else None
    return shared.boundary if shared else None
