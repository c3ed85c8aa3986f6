"""What the environments of a project share, by name: `make bootstrap` makes it, and no stack owns it.

Google never deletes a key ring or the name of a key in it, and holds the name of an identity pool for 30 days: what
stacks made of these could not be made, taken down and made again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.settings_clouds import Gcp

KEY_RING = "shoestring"
STATE_KEY = "state"
BUCKET = "shoestring-state"


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
    def key_ring(self) -> str:
        return f"projects/{self.project}/locations/{self.region}/keyRings/{KEY_RING}"

    @property
    def bucket(self) -> str:
        """The name of the bucket that holds the state: nobody else has reason to take it, with the project in it."""
        return f"{BUCKET}-{self.project}-{self.region}"

    @property
    def backend(self) -> str:
        """The URL that Pulumi takes the state from."""
        return f"gs://{self.bucket}"

    @property
    def secrets_provider(self) -> str:
        """The URL of the key that Pulumi encrypts secrets in the state with."""
        return f"gcpkms://{self.key_ring}/cryptoKeys/{STATE_KEY}"
