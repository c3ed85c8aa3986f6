"""What was changed by hand since: seen, shown, and put right by the same command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ops.bootstrap.gcp.cloud.project import ID, Project
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import BUCKET, KEY, NAME, POOL, SHARED, everything, run
from tests.ops.bootstrap.gcp.judged import member

PROVIDER = f"{POOL}/providers/github-{NAME}"
POOLS = "iam.projects.locations.workloadIdentityPools"
KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys"
APPLY = f"projects/{ID}/serviceAccounts/{SHARED.role('apply', NAME)}"


def _acls(project: Project) -> None:
    project.buckets[BUCKET]["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] = False


def _public(project: Project) -> None:
    project.buckets[BUCKET]["iamConfiguration"]["publicAccessPrevention"] = "inherited"


def _no_versions(project: Project) -> None:
    project.buckets[BUCKET]["versioning"] = {"enabled": False}


def _other_encryption(project: Project) -> None:
    del project.buckets[BUCKET]["encryption"]


def _gone_at_once(project: Project) -> None:
    project.buckets[BUCKET]["softDeletePolicy"]["retentionDurationSeconds"] = "0"


def _no_lifecycle(project: Project) -> None:
    del project.buckets[BUCKET]["lifecycle"]


def _no_labels(project: Project) -> None:
    project.buckets[BUCKET]["labels"] = {}


def _rarely_rotated(project: Project) -> None:
    project.keys[KEY]["rotationPeriod"] = "31536000s"


def _unlabelled_key(project: Project) -> None:
    del project.keys[KEY]["labels"]


def _add(project: Project, resource: str, role: str, who: str) -> None:
    project.policies[resource]["bindings"].append({"role": role, "members": [who]})


def _everybodys_bucket(project: Project) -> None:
    _add(project, BUCKET, "roles/storage.objectViewer", "allUsers")


def _everybodys_key(project: Project) -> None:
    _add(project, KEY, "roles/cloudkms.viewer", "allAuthenticatedUsers")


def _no_agent(project: Project) -> None:
    binding = project.policies[KEY]["bindings"][0]
    binding["members"] = [each for each in binding["members"] if "gs-project-accounts" not in each]


def _owner(project: Project) -> None:
    _add(project, ID, "roles/owner", member("apply"))


def _without_condition(project: Project) -> None:
    for binding in project.policies[ID]["bindings"]:
        if binding["role"].endswith("_own"):
            del binding["condition"]


def _other_key_user(project: Project) -> None:
    _add(project, KEY, "roles/cloudkms.admin", member("plan"))


def _state_writer(project: Project) -> None:
    _add(project, BUCKET, "roles/storage.admin", member("plan"))


def _everybodys_account(project: Project) -> None:
    everybody = f"principalSet://iam.googleapis.com/{POOL}/*"
    _add(project, APPLY, "roles/iam.workloadIdentityUser", everybody)


def _wide_role(project: Project) -> None:
    project.roles["shoestring_plan"]["includedPermissions"].append("resourcemanager.projects.setIamPolicy")


def _deleted_role(project: Project) -> None:
    project.roles["shoestring_apply"]["deleted"] = True


def _wide_condition(project: Project) -> None:
    project.providers[PROVIDER]["attributeCondition"] = "assertion.repository == 'eve/predictor'"


def _other_issuer(project: Project) -> None:
    project.providers[PROVIDER]["oidc"] = {"issuerUri": "https://eve.example"}


def _other_subject(project: Project) -> None:
    project.providers[PROVIDER]["attributeMapping"] = {"google.subject": "'repo:acme/predictor:pull_request'"}


def _deleted_provider(project: Project) -> None:
    project.providers[PROVIDER]["state"] = "DELETED"


def _deleted_pool(project: Project) -> None:
    project.pools[POOL]["state"] = "DELETED"


def _deleted_both(project: Project) -> None:
    _deleted_pool(project)
    _deleted_provider(project)
    _wide_condition(project)


PATCH, BUCKETS = ["storage.buckets.patch"], "storage.buckets.setIamPolicy"
PROJECT, KEY_POLICY = "cloudresourcemanager.projects.setIamPolicy", f"{KEYS}.setIamPolicy"
CASES: list[tuple[str, Callable[[Project], None], list[str]]] = [
    ("ACLs", _acls, PATCH),
    ("public access", _public, PATCH),
    ("no versions", _no_versions, PATCH),
    ("other encryption", _other_encryption, PATCH),
    ("gone at once", _gone_at_once, PATCH),
    ("no lifecycle", _no_lifecycle, PATCH),
    ("no labels", _no_labels, PATCH),
    ("rarely rotated", _rarely_rotated, [f"{KEYS}.patch"]),
    ("key without labels", _unlabelled_key, [f"{KEYS}.patch"]),
    ("bucket for everybody", _everybodys_bucket, [BUCKETS]),
    ("key for everybody", _everybodys_key, [KEY_POLICY]),
    ("key without Cloud Storage", _no_agent, [KEY_POLICY]),
    ("apply is an owner", _owner, [PROJECT]),
    ("apply on all names", _without_condition, [PROJECT]),
    ("plan on the key", _other_key_user, [KEY_POLICY]),
    ("plan writes the state", _state_writer, [BUCKETS]),
    ("apply for the whole pool", _everybodys_account, ["iam.projects.serviceAccounts.setIamPolicy"]),
    ("a role with more in it", _wide_role, ["iam.projects.roles.patch"]),
    ("a role deleted", _deleted_role, ["iam.projects.roles.undelete"]),
    ("another repository admitted", _wide_condition, [f"{POOLS}.providers.patch"]),
    ("another issuer", _other_issuer, [f"{POOLS}.providers.patch"]),
    ("another subject", _other_subject, [f"{POOLS}.providers.patch"]),
    ("provider deleted", _deleted_provider, [f"{POOLS}.providers.undelete"]),
    ("pool deleted", _deleted_pool, [f"{POOLS}.undelete"]),
    (
        "pool and provider deleted",
        _deleted_both,
        [f"{POOLS}.undelete", f"{POOLS}.providers.undelete", f"{POOLS}.providers.patch"],
    ),
]


@pytest.mark.parametrize(("change", "calls"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_was_changed_by_hand_is_put_right(
    stacks: Path, google: Google, change: Callable[[Project], None], calls: list[str]
) -> None:
    """And nothing else is touched. What Google holds by its name is taken back, for another can't have the name."""
    run(stacks)
    before = everything(google, stacks)
    change(google.project)
    assert everything(google, stacks) != before, "the change is seen here, too"
    google.mend()
    run(stacks)
    assert google.changes == calls
    assert everything(google, stacks) == before


def test_another_repository_takes_the_accounts_over(stacks: Path, google: Google) -> None:
    """Renamed, or moved: the old name may become anybody's, and must open nothing."""
    run(stacks)
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text().replace("acme/predictor", "acme@12/ranker@34"))
    google.mend()
    run(stacks)
    assert google.changes == [f"{POOLS}.providers.patch", *["iam.projects.serviceAccounts.setIamPolicy"] * 2]
    text = everything(google, stacks)
    assert "repo:acme@12/ranker@34:" in text
    assert "acme/predictor" not in text


def test_what_others_have_stays(stacks: Path, google: Google) -> None:
    """A person's rights, another team's account, a cost centre on the bucket: none of it is ours to take."""
    run(stacks)
    project, person = google.project, "user:ann@acme.dev"
    for resource, role in ((ID, "roles/owner"), (KEY, "roles/cloudkms.admin"), (BUCKET, "roles/storage.admin")):
        _add(project, resource, role, person)
    _add(project, APPLY, "roles/iam.serviceAccountTokenCreator", person)
    project.buckets[BUCKET]["labels"] = {"cost-centre": "7"}
    before = everything(google, stacks)
    google.mend()
    run(stacks)
    assert google.changes == PATCH
    assert project.buckets[BUCKET]["labels"] == {
        "cost-centre": "7",
        "managed-by": "shoestring",
        "name": "shoestring-state",
    }
    _owner(project)
    run(stacks)
    project.buckets[BUCKET]["labels"] = {"cost-centre": "7"}
    assert everything(google, stacks) == before
