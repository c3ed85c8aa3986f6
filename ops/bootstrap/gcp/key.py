"""The KMS key that Pulumi's secrets and the state bucket are encrypted with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.gcp.shared import KEY_RING, STATE_KEY
from ops.bootstrap.change import Change
from ops.bootstrap.gcp import grants, policies
from ops.bootstrap.gcp.account import LABELS, Account, found, has_labels, look
from ops.errors import OperationError

DAY = 24 * 60 * 60
ROTATION_DAYS, DESTRUCTION_DAYS = 90, 30  # CIS GCP 1.10; as long as a version can be had back
PURPOSE, ALGORITHM, USABLE = "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION", "ENABLED"


def changes(account: Account) -> Iterator[Change]:
    """What the key lacks. Raises OperationError for a key that is there and can't be used."""
    name, key = account.shared.state_key, None
    if not account.sees("cloudkms") or found(_rings(account).get(name=account.shared.key_ring)) is None:
        yield Change(
            f"the key ring {KEY_RING}",
            lambda: _rings(account).create(parent=account.shared.location, keyRingId=KEY_RING, body={}).execute(),
        )
    else:
        key = found(_keys(account).get(name=name))
    if key is None:
        yield Change(
            f"the KMS key {STATE_KEY} in it, 0.06 USD a month for each version; a new one every {ROTATION_DAYS} days",
            lambda: _keys(account).create(parent=account.shared.key_ring, cryptoKeyId=STATE_KEY, body=_new()).execute(),
        )
    else:
        _usable(account, key)
        yield from _repaired(account, key)
    yield from _agent(account, there=key is not None)


def _rings(account: Account) -> Any:
    return account.client("cloudkms.projects.locations.keyRings")


def _keys(account: Account) -> Any:
    return account.client("cloudkms.projects.locations.keyRings.cryptoKeys")


def _rotation() -> dict[str, Any]:
    following = datetime.now(UTC) + timedelta(days=ROTATION_DAYS)
    return {
        "rotationPeriod": f"{ROTATION_DAYS * DAY}s",
        "nextRotationTime": following.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _new() -> dict[str, Any]:
    return {
        "purpose": PURPOSE,
        "versionTemplate": {"algorithm": ALGORITHM, "protectionLevel": "SOFTWARE"},
        "destroyScheduledDuration": f"{DESTRUCTION_DAYS * DAY}s",
        "labels": LABELS,
        **_rotation(),
    }


def _repaired(account: Account, key: dict[str, Any]) -> Iterator[Change]:
    name = account.shared.state_key
    if key.get("rotationPeriod") != f"{ROTATION_DAYS * DAY}s":
        yield Change(
            f"its rotation, every {ROTATION_DAYS} days",
            lambda: (
                _keys(account)
                .patch(name=name, updateMask="rotationPeriod,nextRotationTime", body=_rotation())
                .execute()
            ),
        )
    if not has_labels(key.get("labels")):
        labels = {**key.get("labels", {}), **LABELS}
        yield Change(
            "its labels",
            lambda: _keys(account).patch(name=name, updateMask="labels", body={"labels": labels}).execute(),
        )


def _agent(account: Account, there: bool) -> Iterator[Change]:
    """Cloud Storage encrypts with the key as an account of its own, which a project has once it was asked for."""
    says = "its use by Cloud Storage, and by nobody of the public"
    if not there or grants.lacking(grants.of_key(account), policies.storage(account.number), policies.public):

        def allow() -> None:
            look(account.client("storage.projects.serviceAccount").get(projectId=account.shared.project))
            grants.give(grants.of_key(account), policies.storage(account.number), policies.public)

        yield Change(says, allow)


def _usable(account: Account, key: dict[str, Any]) -> None:
    name, primary = account.shared.state_key, key.get("primary", {})
    if key["purpose"] == PURPOSE and primary.get("state") == USABLE:
        return
    version = primary.get("name", "").rpartition("/")[2] or "<a version that `gcloud kms keys versions list` has>"
    where = f"{version} --key={STATE_KEY} --keyring={KEY_RING} --location={account.shared.region}"
    where += f" --project={account.shared.project}"
    restore = f"gcloud kms keys versions restore {where}\n" if primary.get("state") == "DESTROY_SCHEDULED" else ""
    raise OperationError(
        f"The key {name} can't be used: its purpose is {key['purpose']}, its version is "
        f"{primary.get('state', 'lacking')}.",
        "No other key is made in its place: what is encrypted with it, the state of every environment of this "
        "project and region, could not be read any more. Nothing was changed.",
        f"{restore}gcloud kms keys versions enable {where}",
    )
