"""What a first run leaves behind, read from the project."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ops.bootstrap.gcp import apis
from ops.cloud.gcp import api
from tests.ops.bootstrap.gcp.cloud import cel
from tests.ops.bootstrap.gcp.cloud.project import BILLING, ID, NUMBER
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import (
    BUCKET,
    KEY,
    NAME,
    POOL,
    TOKEN,
    Canary,
    everything,
    make_stacks,
    run,
    settings,
)

AGENT = f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"


def test_the_bucket_keeps_the_state_to_itself(stacks: Path, google: Google) -> None:
    """The state maps all that there is, with secrets in it: private, encrypted, and never lost by an overwrite."""
    run(stacks)
    assert list(google.project.buckets) == [BUCKET]
    found = google.project.buckets[BUCKET]
    assert found["location"] == "US-CENTRAL1"
    assert found["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], "no ACL can let anybody in"
    assert found["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert found["versioning"] == {"enabled": True}
    assert found["encryption"] == {"defaultKmsKeyName": KEY}
    assert int(found["softDeletePolicy"]["retentionDurationSeconds"]) == 30 * 86_400
    assert found["labels"]["managed-by"] == "shoestring"
    assert "retentionPolicy" not in found, "Pulumi deletes its lock files"
    for rule in found["lifecycle"]["rule"]:
        if rule["action"]["type"] == "Delete":
            assert rule["condition"] == {"daysSinceNoncurrentTime": 90, "isLive": False}, "the state itself stays"


def test_the_key_rotates_and_is_used_by_two_accounts(stacks: Path, google: Google) -> None:
    run(stacks)
    found = google.project.keys[KEY]
    assert found["purpose"] == "ENCRYPT_DECRYPT"
    assert found["rotationPeriod"] == f"{90 * 86_400}s"
    following = datetime.strptime(found["nextRotationTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert 89 <= (following - datetime.now(UTC)).days <= 90
    assert found["versionTemplate"]["protectionLevel"] == "SOFTWARE", "an HSM costs sixteen times as much"
    members = [each for binding in google.project.policies[KEY]["bindings"] for each in binding["members"]]
    assert members == [AGENT, f"serviceAccount:shoestring-{NAME}-apply@{ID}.iam.gserviceaccount.com"]


def test_the_stack_file_says_where_the_state_is_and_keeps_its_comments(stacks: Path, google: Google) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    before = path.read_text().splitlines()
    run(stacks)
    after = path.read_text().splitlines()
    assert [line for line in after if line not in before] == [
        f"secretsprovider: gcpkms://{KEY}",
        f"  shoestring:backend: gs://{BUCKET}",
        f"  shoestring:identity_pool: {POOL}",
    ]
    assert [line for line in after if line in before] == before
    assert "secretsprovider" in yaml.safe_load(path.read_text())
    assert settings(stacks).backend == f"gs://{BUCKET}"
    assert google.project.pools, "and there is one"


def test_what_is_told_says_what_to_do_next_and_no_secret(
    stacks: Path, google: Google, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(stacks)
    shown = capsys.readouterr().out
    assert f"In the project {ID}" in shown
    assert "0.06 USD a month" in shown
    assert f"The state of {NAME!r} is in gs://{BUCKET}." in told
    assert "docs/gcp.md" in told
    assert f"export PULUMI_BACKEND_URL='gs://{BUCKET}'" in told
    assert TOKEN not in told + shown + everything(google, stacks)


def test_without_a_repository_nothing_is_made_for_github_and_it_is_said(tmp_path: Path, google: Google) -> None:
    stacks = make_stacks(tmp_path, repository="")
    told = run(stacks)
    assert "GitHub gets no access" in told
    project = google.project
    assert not project.accounts
    assert not project.roles
    assert not project.pools
    assert not {"iamcredentials", "sts"} & project.enabled, "nor are the APIs on that it would come in by"
    assert "identity_pool" not in (stacks / f"Pulumi.{NAME}.yaml").read_text()
    assert project.buckets[BUCKET]["versioning"]["enabled"], "the rest is made"


@pytest.mark.usefixtures("google")
@pytest.mark.parametrize(
    ("more", "as_whom"),
    [
        ("", (None, ID)),
        (
            "  gcp:impersonateServiceAccount: boot@x.iam.gserviceaccount.com\n  gcp:billingProject: acme-pays\n",
            ("boot@x.iam.gserviceaccount.com", "acme-pays"),
        ),
    ],
    ids=["nothing said", "both said"],
)
def test_google_is_asked_as_whom_the_stack_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, as_whom: tuple[str | None, str]
) -> None:
    """And calls are counted for the project itself else: a person's login belongs to none."""
    asked: list[tuple[str | None, str | None]] = []

    def credentials(impersonated: str | None, billed: str | None) -> Canary:
        asked.append((impersonated, billed))
        return Canary()

    monkeypatch.setattr(api, "credentials", credentials)
    run(make_stacks(tmp_path, repository=more))
    assert asked == [as_whom]


@pytest.mark.parametrize(
    ("name", "more", "has", "lacks"),
    [
        ("gcp-dev", "", {"compute", "iap"}, {"sqladmin", "secretmanager", "dns"}),
        ("gcp-prod", "", {"dns", "sqladmin", "secretmanager"}, set()),
        ("gcp-dev", "  shoestring:zone: acme-dev\n  shoestring:names: [predict.acme.dev]\n", {"dns"}, {"sqladmin"}),
        ("gcp-dev", '  shoestring:ssh: direct\n  shoestring:admin_cidrs: ["192.0.2.0/24"]\n', {"compute"}, {"iap"}),
    ],
    ids=["a host for all", "a managed database", "a zone", "no tunnel"],
)
def test_only_the_apis_that_are_asked_are_turned_on(
    tmp_path: Path, google: Google, name: str, more: str, has: set[str], lacks: set[str]
) -> None:
    stacks = make_stacks(tmp_path, name, more)
    run(stacks, name)
    assert has <= google.project.enabled
    assert not lacks & google.project.enabled
    assert set(apis.ALWAYS) <= google.project.enabled


def test_two_environments_share_all_but_their_accounts(stacks: Path, google: Google) -> None:
    """And each has a provider of its own, so that another repository for one is none for the other."""
    run(stacks)
    make_stacks(stacks.parent, "gcp-prod", "  shoestring:repository: acme/other\n")
    first = {name: dict(found) for name, found in google.project.providers.items()}
    google.mend()
    run(stacks, "gcp-prod")
    made = [call for call in google.changes if call.endswith((".create", ".insert"))]
    assert made.count("iam.projects.serviceAccounts.create") == 4
    assert made.count("iam.projects.locations.workloadIdentityPools.providers.create") == 1
    assert len(made) == 5
    assert first.items() <= google.project.providers.items()
    assert settings(stacks, "gcp-prod").backend == settings(stacks).backend
    assert settings(stacks, "gcp-prod").identity_pool == settings(stacks).identity_pool


def test_hosts_have_the_accounts_that_the_program_takes_up(tmp_path: Path, google: Google) -> None:
    stacks = make_stacks(tmp_path, "gcp-prod")
    run(stacks, "gcp-prod")
    names = {email.partition("@")[0] for email in google.project.accounts}
    assert names == {
        "shoestring-gcp-prod-plan",
        "shoestring-gcp-prod-apply",
        "gcp-prod-proxy-service",
        "gcp-prod-service",
    }


LONG = "a-name-of-thirty-letters-or-so1"


def test_every_call_is_one_that_google_takes_with_the_longest_names(tmp_path: Path, google: Google) -> None:
    """The limits of ids are the server's; forms and fields are Google's own description's."""
    stacks = make_stacks(tmp_path, repository="  shoestring:repository: acme@1234567890/predictor@1234567890\n")
    (stacks / f"Pulumi.{NAME}.yaml").rename(stacks / f"Pulumi.{LONG}.yaml")
    run(stacks, LONG)
    run(stacks, LONG)
    emails = [email.partition("@")[0] for email in google.project.accounts]
    assert len(set(emails)) == 3
    assert all(len(each) <= 30 for each in emails)
    (provider,) = google.project.providers.values()
    claims = {
        "assertion.sub": "repo:acme@1234567890/predictor@1234567890:pull_request",
        "assertion.repository": "acme/predictor",
        "assertion.repository_id": "1234567890",
        "assertion.repository_owner_id": "1234567890",
    }
    assert cel.holds(provider["attributeCondition"], claims)
    assert not cel.holds(provider["attributeCondition"], claims | {"assertion.repository_id": "2"}), "its name, remade"


def test_the_settings_stay_valid(stacks: Path, google: Google) -> None:
    make_stacks(stacks.parent, "gcp-prod")
    for name in (NAME, "gcp-prod"):
        run(stacks, name)
        assert settings(stacks, name).repository == "acme/predictor"
        assert settings(stacks, name).billing_account == BILLING
    assert len(google.project.buckets) == 1
