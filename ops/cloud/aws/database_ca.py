"""The CA of a managed database. RDS has no API that returns it: Amazon publishes a bundle for each region.

What is fetched is held against the fingerprint that RDS gives over its API, so that a forged download is no CA of ours.
"""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Callable
from datetime import UTC, datetime

from ops.cloud import authority
from ops.cloud.aws import account
from ops.environment import Environment
from ops.errors import OperationError

# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html: the bundle of a region, by its partition
TRUST_STORES = {
    "cn-": "https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/{region}/{region}-bundle.pem",
    "us-gov-": "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/{region}/{region}-bundle.pem",
}
TRUST_STORE = "https://truststore.pki.rds.amazonaws.com/{region}/{region}-bundle.pem"
NOTHING = "The database could not be told from another one, so no Footprint was written."


def url(region: str) -> str:
    """Where Amazon publishes the region's bundle."""
    form = next((form for start, form in TRUST_STORES.items() if region.startswith(start)), TRUST_STORE)
    return form.format(region=region)


def read(environment: Environment, address: str, region: str, fetch: Callable[[str], bytes] | None = None) -> str:
    """The PEM of the CA that signs the database at `address`. Raises OperationError."""
    identifier, thumbprint = _stated(environment, address)
    source = url(region)
    try:
        bundle = (fetch or authority.download)(source)
    except (OSError, urllib.error.URLError) as reason:
        raise OperationError(
            f"The CA of the database can't be fetched from {source}: {reason}",
            NOTHING,
            f"See that this machine reaches {source.split('/')[2]}, then: make footprint ENV={environment.name}",
        ) from None
    return verified(bundle, thumbprint, f"{identifier} from {source}")


def verified(bundle: bytes, thumbprint: str, what: str, now: datetime | None = None) -> str:
    """The one certificate of the bundle that has the fingerprint (SHA-1, as RDS gives it), if it is a CA, signed by
    itself, and valid. Raises OperationError.
    """
    from cryptography.hazmat.primitives import hashes

    certificates = authority.certificates(bundle)
    wanted = re.sub(r"[^0-9a-f]", "", thumbprint.lower())
    # SHA-1 because the API has no other; to forge a certificate for a given one is beyond anybody.
    found = [one for one in certificates if one.fingerprint(hashes.SHA1()).hex() == wanted]  # noqa: S303 - see above
    if not found:
        raise _untrusted(f"{what}: none of its {len(certificates)} certificates has the fingerprint {thumbprint}")
    certificate = found[0]
    if fault := authority.fault(certificate, now or datetime.now(UTC)):
        raise _untrusted(f"{what}: its certificate {fault}")
    return authority.pem([certificate])


def _stated(environment: Environment, address: str) -> tuple[str, str]:
    """The name of the CA that signs the database at `address`, and its fingerprint, as RDS says over its API."""
    rds = account.client(environment, "rds")
    with account.asking(NOTHING):
        pages = rds.get_paginator("describe_db_instances").paginate()
        ours = [
            one for page in pages for one in page["DBInstances"] if one.get("Endpoint", {}).get("Address") == address
        ]
        if not ours:
            raise OperationError(
                f"RDS knows no database at {address}.", NOTHING, f"make up ENV={environment.name}, which makes it"
            )
        identifier = str(ours[0].get("CACertificateIdentifier", ""))
        answer = rds.describe_certificates(CertificateIdentifier=identifier)
    return identifier, str(answer["Certificates"][0]["Thumbprint"])


def _untrusted(cause: str) -> OperationError:
    return OperationError(
        cause, NOTHING, "Run it again; if it stays, ask AWS's support about the bundle and trust nothing until then."
    )
