"""What is there already and is not ours, or was stopped by somebody: left as it is, in words, with the way on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.errors import OperationError
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import BUCKET, KEY, NAME, POOL, SHARED, refused, run


def _foreign_bucket(_: Path, google: Google) -> None:
    google.project.buckets[BUCKET] = {"name": BUCKET, "projectNumber": "9", "location": "US-CENTRAL1"}


def _lent_bucket(stacks: Path, google: Google) -> None:
    """It is another's, and we may see it: worse, as nothing would look wrong."""
    _foreign_bucket(stacks, google)
    google.project.buckets[BUCKET]["seen"] = True


def _bucket_elsewhere(stacks: Path, google: Google) -> None:
    run(stacks)
    google.project.buckets[BUCKET]["location"] = "EU"


def _version(state: str) -> Callable[[Path, Google], None]:
    def change(stacks: Path, google: Google) -> None:
        run(stacks)
        google.project.keys[KEY]["primary"]["state"] = state

    return change


def _no_version(stacks: Path, google: Google) -> None:
    run(stacks)
    del google.project.keys[KEY]["primary"]


def _disabled(things: str, name: str) -> Callable[[Path, Google], None]:
    def change(stacks: Path, google: Google) -> None:
        run(stacks)
        getattr(google.project, things)[name]["disabled"] = True

    return change


def _other_payer(stacks: Path, google: Google) -> None:
    run(stacks)
    google.project.billing["billingAccountName"] = "billingAccounts/999999-999999-999999"


def _account_of_another(_: Path, google: Google) -> None:
    email = SHARED.role("plan", NAME)
    google.project.accounts[email] = {"email": email, "displayName": "theirs"}


def _other_state(stacks: Path, _: Google) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text() + "  shoestring:backend: gs://theirs\n")


def _other_provider(stacks: Path, _: Google) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text("secretsprovider: gcpkms://theirs\n" + path.read_text())


def _long_subject(stacks: Path, _: Google) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text().replace("acme/predictor", f"{'o' * 39}@{'1' * 20}/{'n' * 60}@{'1' * 20}"))


PROVIDER = f"{POOL}/providers/github-{NAME}"
CASES: dict[str, tuple[Callable[[Path, Google], None], str, str]] = {
    "bucket of somebody else": (_foreign_bucket, "belongs to another project", "gcloud storage buckets list"),
    "bucket that somebody lent": (_lent_bucket, "belongs to another project", "tell Google"),
    "bucket in another region": (_bucket_elsewhere, "is in eu, not in us-central1", "gcloud storage buckets delete"),
    "key disabled": (_version("DISABLED"), "its version is DISABLED", "gcloud kms keys versions enable 1"),
    "key on its way out": (_version("DESTROY_SCHEDULED"), "DESTROY_SCHEDULED", "gcloud kms keys versions restore 1"),
    "key without a version": (_no_version, "its version is lacking", "gcloud kms keys versions"),
    "pool disabled": (_disabled("pools", POOL), f"{POOL} is disabled", "workload-identity-pools update shoestring"),
    "provider disabled": (_disabled("providers", PROVIDER), "is disabled", "--workload-identity-pool=shoestring"),
    "account disabled": (
        _disabled("accounts", SHARED.role("apply", NAME)),
        "is disabled",
        "gcloud iam service-accounts enable",
    ),
    "paid by another account": (_other_payer, "is paid by billingAccounts/999999", "shoestring:billing_account"),
    "account of somebody else": (_account_of_another, "did not make", "gcloud iam service-accounts delete"),
    "state elsewhere": (_other_state, "`shoestring:backend` is gs://theirs", "log in to the account"),
    "secrets of another key": (_other_provider, "`secretsprovider` is gcpkms://theirs", "`encryptedkey`"),
    "names too long for Google": (_long_subject, "longer than 127 letters", "shorter name"),
}
ALL = {"cloudbilling", "cloudkms", "cloudresourcemanager", "iam", "storage"}


@pytest.mark.parametrize(("arrange", "cause", "fix"), CASES.values(), ids=CASES)
def test_what_is_there_and_is_not_ours_is_left_alone(
    stacks: Path, google: Google, arrange: Callable[[Path, Google], None], cause: str, fix: str
) -> None:
    """To take it over would lose a state from sight, or somebody else's access."""
    google.project.enabled |= ALL
    arrange(stacks, google)
    error = refused(stacks, google)
    assert cause in error.cause
    assert fix in error.fix


def test_a_refusal_half_way_says_what_was_made(stacks: Path, google: Google) -> None:
    """What was off could not be looked at: whose bucket it is comes out when the APIs and the key are there."""
    _foreign_bucket(stacks, google)
    with pytest.raises(OperationError, match="belongs to another project") as raised:
        run(stacks)
    assert raised.value.consequence.count("\n- ") == 4
    assert f"make bootstrap ENV={NAME}, which goes on from there" in raised.value.fix
    assert "secretsprovider" not in (stacks / f"Pulumi.{NAME}.yaml").read_text()


def test_a_name_that_was_taken_a_moment_ago(stacks: Path, google: Google) -> None:
    def take(call: str) -> None:
        if call == "storage.buckets.insert":
            raise RefusedError(409, "The requested bucket name is not available.")

    google.before = take
    with pytest.raises(OperationError, match=f"{BUCKET} belongs to another project"):
        run(stacks)
