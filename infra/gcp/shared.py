"""What the environments of a project share, by name: `make bootstrap` makes it, and no stack owns it.

A key ring can go when its keys' versions are gone, which takes Google a month, and the name of an identity pool is held
for 30 days: what stacks made of these could not be made, taken down and made again on one day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra import naming
from infra.settings_clouds import Gcp

KEY_RING = "shoestring"
STATE_KEY = "state"
BUCKET = "shoestring-state"
POOL = "shoestring"
LONGEST_ACCOUNT = 30  # letters of an account's id, says cloud.google.com/iam/docs/service-accounts-create
LONGEST_PROVIDER = 32  # and of a provider's, which may not begin with `gcp-` (iam.googleapis.com's discovery document)


@dataclass(frozen=True)
class Shared:
    """The names of what the environments of `project` in `region` share."""

    project: str
    region: str

    @classmethod
    def of(cls, settings: Gcp) -> Shared:
        return cls(settings.project, settings.region)

    @classmethod
    def of_backend(cls, backend: str | None) -> Shared | None:
        """From the setting `backend`; None if there is none, or one that `make bootstrap` did not make."""
        found = re.fullmatch(rf"gs://{BUCKET}-([a-z][a-z0-9-]+[a-z0-9])-([a-z]+-[a-z]+\d+)", backend or "")
        return cls(found[1], found[2]) if found else None

    @property
    def location(self) -> str:
        """Where its keys are."""
        return f"projects/{self.project}/locations/{self.region}"

    @property
    def key_ring(self) -> str:
        return f"{self.location}/keyRings/{KEY_RING}"

    @property
    def bucket(self) -> str:
        """The name of the bucket that holds the state: nobody else has reason to take it, with the project in it."""
        return f"{BUCKET}-{self.project}-{self.region}"

    @property
    def backend(self) -> str:
        """The URL that Pulumi takes the state from."""
        return f"gs://{self.bucket}"

    @property
    def state_key(self) -> str:
        return f"{self.key_ring}/cryptoKeys/{STATE_KEY}"

    @property
    def secrets_provider(self) -> str:
        """The URL of the key that Pulumi encrypts secrets in the state with."""
        return f"gcpkms://{self.state_key}"

    def email(self, account: str) -> str:
        """The address of the service account with this id."""
        return f"{account}@{self.project}.iam.gserviceaccount.com"

    def role(self, kind: str, environment: str) -> str:
        """The service account that GitHub acts as, by its address; `kind` is plan or apply."""
        return self.email(role(kind, environment))


def role(kind: str, environment: str) -> str:
    """The id of that account: shoestring-gcp-dev-apply."""
    return naming.shortened(f"shoestring-{environment}-{kind}", LONGEST_ACCOUNT)


def provider(environment: str) -> str:
    """The id of the provider in the pool that lets an environment's jobs in, and no other's."""
    return naming.shortened(f"github-{environment}", LONGEST_PROVIDER)


def kind(groups: Sequence[str]) -> str:
    """A kind of host in a name: database-proxy-service."""
    return "-".join(sorted(groups))


def account_id(environment: str, groups: Sequence[str]) -> str:
    """The id of the service account that a kind of host runs as: `<environment>-<kind>`."""
    return naming.shortened(f"{environment}-{kind(groups)}", LONGEST_ACCOUNT)


def account_title(environment: str, groups: Sequence[str]) -> str:
    """And what a console shows of it."""
    return f"Hosts of {environment} in {', '.join(sorted(groups))}"[:100]
