"""The CA of a managed database, as Cloud SQL's own API has it of the instance that is called so.

Others may have certificates of it too: it is the name that tells one database from another, and that is the API's.
OpenSSL wants a CA that signed itself. Where the API has none, Google publishes it; a forged one would not have signed
what the API says.
"""

from __future__ import annotations

import urllib.error
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ops.cloud import authority
from ops.cloud.gcp import account, api
from ops.environment import Environment
from ops.errors import OperationError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

# cloud.google.com/sql/docs/postgres/manage-ssl-instance: the bundle of a region
TRUST_STORE = "https://storage.googleapis.com/cloudsql-ca-bundles/{region}.pem"
NOTHING = "The database could not be told from another one, so no Footprint was written."


def url(region: str) -> str:
    """Where Google publishes the region's bundle."""
    return TRUST_STORE.format(region=region)


def read(environment: Environment, address: str, region: str, fetch: Callable[[str], bytes] | None = None) -> str:
    """The PEM of the CA that signs the database called `address`, and of those above it. Raises OperationError."""
    with account.asking(NOTHING):
        found = [one for one in instances(environment) if address.rstrip(".") in _names(one)]
    if not found:
        raise OperationError(
            f"Cloud SQL knows no database of {environment.name!r} at {address}.",
            NOTHING,
            f"make up ENV={environment.name}, which makes it",
        )
    stated = authority.certificates(str(found[0].get("serverCaCert", {}).get("cert", "")).encode())
    source, now = url(region), datetime.now(UTC)
    if trusted := _chains(stated, [], now):
        return authority.pem(trusted)
    try:
        bundle = (fetch or authority.download)(source) if stated else b""
    except (OSError, urllib.error.URLError) as reason:
        raise OperationError(
            f"The CA of the database can't be fetched from {source}: {reason}",
            NOTHING,
            f"See that this machine reaches {source.split('/')[2]}, then: make footprint ENV={environment.name}",
        ) from None
    if trusted := _chains(stated, authority.certificates(bundle), now):
        return authority.pem(trusted)
    raise OperationError(
        f"{found[0]['name']}: none of its {len(stated)} CAs is valid and leads to one that is signed by itself, with "
        f"what is at {source}.",
        NOTHING,
        f"gcloud sql ssl server-certs list --instance {found[0]['name']} shows them; run this again once they are good",
    )


def instances(environment: Environment) -> list[dict[str, Any]]:
    """The environment's databases (sqladmin's DatabaseInstance), known by their label."""
    sql, project = account.client(environment, "sqladmin").instances(), account.settings(environment).project
    label = f"settings.userLabels.environment:{environment.name}"
    return [one for page in api.pages(sql, project=project, filter=label) for one in page.get("items", ())]


def _names(instance: Mapping[str, Any]) -> set[str]:
    return {name.rstrip(".") for name in _said(instance)}


def _said(instance: Mapping[str, Any]) -> Iterator[str]:
    yield str(instance.get("dnsName", ""))
    yield from (str(one.get("name", "")) for one in instance.get("dnsNames", ()))


def _chains(stated: list[Certificate], published: list[Certificate], now: datetime) -> list[Certificate]:
    """Those that the API says, and what is above them."""
    return [one for each in stated for one in authority.chain(each, [*stated, *published], now)]
