"""The CA of a managed database. Each Cloud SQL instance has one of its own, which its API tells: nothing is downloaded.

It signs for that instance alone, so whoever has a certificate of it is this database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ops.cloud import authority
from ops.cloud.gcp import account, api
from ops.environment import Environment
from ops.errors import OperationError

NOTHING = "The database could not be told from another one, so no Footprint was written."


def read(environment: Environment, address: str, region: str) -> str:
    """The PEM of the CA that signs the database behind `address`, our end of Private Service Connect.

    Raises OperationError.
    """
    project = account.settings(environment).project
    with account.asking(NOTHING):
        service = _service(environment, project, address, region)
        found = [one for one in instances(environment) if service and one.get("pscServiceAttachmentLink") == service]
    if not found:
        raise OperationError(
            f"Cloud SQL knows no database of {environment.name!r} behind {address}.",
            NOTHING,
            f"make up ENV={environment.name}, which makes it",
        )
    return verified(found[0])


def instances(environment: Environment) -> list[dict[str, Any]]:
    """The environment's databases (sqladmin's DatabaseInstance), known by their label."""
    sql, project = account.client(environment, "sqladmin").instances(), account.settings(environment).project
    label = f"settings.userLabels.environment:{environment.name}"
    return [one for page in api.pages(sql, project=project, filter=label) for one in page.get("items", ())]


def verified(instance: Mapping[str, Any], now: datetime | None = None) -> str:
    """The PEM of its CA, if that is one, signed by itself, and valid. Raises OperationError."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    name, mode = instance["name"], instance["settings"].get("ipConfiguration", {}).get("serverCaMode", "")
    if mode not in ("", "CA_MODE_UNSPECIFIED", "GOOGLE_MANAGED_INTERNAL_CA"):
        raise _untrusted(f"{name}: its CA is shared with other databases ({mode}), so it proves little")
    try:
        certificate = x509.load_pem_x509_certificate(str(instance["serverCaCert"]["cert"]).encode())
    except (KeyError, ValueError):
        raise _untrusted(f"{name}: its CA is no certificate") from None
    if fault := authority.fault(certificate, now or datetime.now(UTC)):
        raise _untrusted(f"{name}: its CA {fault}")
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _service(environment: Environment, project: str, address: str, region: str) -> str:
    """What our address leads to: projects/<Google's>/regions/<region>/serviceAttachments/<name>, or ''."""
    compute = account.client(environment, "compute").forwardingRules()
    rules = [one for page in api.pages(compute, project=project, region=region) for one in page.get("items", ())]
    targets = [str(one.get("target", "")) for one in rules if one.get("IPAddress") == address]
    return f"projects/{targets[0].partition('projects/')[2]}" if targets else ""


def _untrusted(cause: str) -> OperationError:
    return OperationError(
        cause, NOTHING, "gcloud sql ssl server-ca-certs list shows it and makes a new one; run this again after that."
    )
