"""The project itself: which of its APIs are on, and who pays for it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.settings_clouds import Gcp
from ops.bootstrap.change import Change
from ops.bootstrap.gcp.account import Account, look, settle
from ops.errors import OperationError

# For infra/gcp/ and for bootstrap itself. Service Usage is what they are turned on with.
ALWAYS = (
    "billingbudgets",
    "cloudbilling",
    "cloudkms",
    "cloudresourcemanager",
    "compute",
    "iam",
    "monitoring",
    "storage",
)
GITHUB = ("iamcredentials", "sts")
MANAGED = ("dns", "secretmanager", "sqladmin")  # the first for the name that its certificate has
ON = "ENABLED"


def wanted(settings: Gcp) -> list[str]:
    """Their short names: what the environment asks and nothing else."""
    more = [
        *(GITHUB if settings.repository else ()),
        *(MANAGED if settings.database == "managed" else ()),
        *(("iap",) if settings.ssh == "tunnel" else ()),
        *(("dns",) if settings.zone else ()),
    ]
    return sorted({*ALWAYS, *more})


def see(account: Account, settings: Gcp) -> None:
    """Learns which are on, and by the same answer the project's number."""
    parent = f"projects/{account.shared.project}"
    names = [f"{parent}/services/{service}.googleapis.com" for service in wanted(settings)]
    services = look(account.client("serviceusage.services").batchGet(parent=parent, names=names))["services"]
    account.number = next(str(each["parent"]).rpartition("/")[2] for each in services)
    account.enabled = frozenset(
        each["name"].rpartition("/")[2].removesuffix(".googleapis.com") for each in services if each["state"] == ON
    )
    account.blind = not account.sees(*wanted(settings))


def changes(account: Account, settings: Gcp) -> Iterator[Change]:
    """What is off, turned on by one call. An API costs nothing by itself."""
    off = [service for service in wanted(settings) if not account.sees(service)]
    parent = f"projects/{account.shared.project}"

    def enable() -> None:
        body = {"serviceIds": [f"{service}.googleapis.com" for service in off]}
        operation = account.client("serviceusage.services").batchEnable(parent=parent, body=body).execute()
        settle(f"turning on {', '.join(off)}", operation, account.client("serviceusage.operations").get)
        account.enabled |= set(off)

    if off:
        yield Change(f"on: {', '.join(off)}; what they have already is looked at then", enable)


def billing(account: Account, settings: Gcp) -> Iterator[Change]:
    """Nothing to change: who pays is a person's to say. Raises OperationError if nobody does, or somebody else."""
    if not account.sees("cloudbilling"):
        return
    project, name = account.shared.project, f"billingAccounts/{settings.billing_account}"
    there = look(account.client("cloudbilling.projects").getBillingInfo(name=f"projects/{project}"))
    link = f"gcloud billing projects link {project} --billing-account={settings.billing_account}"
    if not there.get("billingEnabled"):
        raise OperationError(
            f"The project {project} has no billing account that is open.",
            "Nothing that costs can be made in it, and a key does; so nothing more was made.",
            link,
        )
    if there.get("billingAccountName") != name:
        raise OperationError(
            f"The project {project} is paid by {there.get('billingAccountName')}, and the settings say {name}.",
            "The budget would watch over another account's bill; so nothing more was made.",
            f"Correct `shoestring:billing_account`, or: {link}",
        )
    yield from ()
