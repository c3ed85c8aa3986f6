"""The KMS key that everything of an environment is encrypted with."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.gcp.shared import Shared
from infra.settings_clouds import Gcp

DAY = 24 * 60 * 60
ROTATION_DAYS = 90  # CIS GCP 1.10
DESTRUCTION_DAYS = 30
USES = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
# Google's own accounts in the project that encrypt for us; those of services that were never used are made first.
COMPUTE = "compute-system.iam.gserviceaccount.com"
STORAGE = "gs-project-accounts.iam.gserviceaccount.com"


@dataclass(frozen=True)
class KeysArgs:
    settings: Gcp


class Keys(pulumi.ComponentResource):
    """`data`: the key's id, known once Google's services may encrypt with it."""

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Keys", name, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self)
        title = naming.name(name, "data")
        # Its name has a random suffix: Google never gives one free again, and what is taken down comes back.
        self.key = gcp.kms.CryptoKey(
            title,
            key_ring=Shared.of(settings).key_ring,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{ROTATION_DAYS * DAY}s",
            destroy_scheduled_duration=f"{DESTRUCTION_DAYS * DAY}s",
            labels=naming.labels(settings, title),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.deletion_protection),
        )
        found = gcp.organizations.get_project_output(
            project_id=settings.project, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        agents = {
            "compute": found.number.apply(lambda number: f"serviceAccount:service-{number}@{COMPUTE}"),
            "storage": found.number.apply(lambda number: f"serviceAccount:service-{number}@{STORAGE}"),
        }
        if settings.database == "managed":
            for service in ("sqladmin", "secretmanager"):
                agents[service] = gcp.projects.ServiceIdentity(
                    naming.name(name, service), service=f"{service}.googleapis.com", opts=child
                ).member
        allowed = [
            gcp.kms.CryptoKeyIAMMember(
                naming.name(title, service), crypto_key_id=self.key.id, role=USES, member=agent, opts=child
            )
            for service, agent in agents.items()
        ]
        self.data = pulumi.Output.all(self.key.id, *(one.id for one in allowed)).apply(lambda ids: str(ids[0]))
        self.register_outputs({})
