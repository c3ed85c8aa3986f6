"""The project on this machine refuses what Google would: else the tests that lean on it prove nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ops.bootstrap.gcp.cloud import cel, discovery, policies
from tests.ops.bootstrap.gcp.cloud.discovery import WrongError
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError
from tests.ops.bootstrap.gcp.cloud.project import ID, Project
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import KEY, RING

KEYS = f"v1/{RING}/cryptoKeys"
WRONG: dict[str, tuple[str, str, str, str, Any, str]] = {
    "no such method": ("cloudkms", "PUT", f"v1/{RING}", "", None, "has no PUT"),
    "no such path": ("storage", "GET", "storage/v1/buckets/a", "", None, "has no GET"),
    "a name of another form": ("cloudkms", "GET", "v1/projects/p/keyRings/shoestring", "", None, "has no GET"),
    "no such parameter": ("cloudkms", "POST", KEYS, "keyId=state", {}, "no parameter keyId"),
    "a parameter lacking": ("storage", "POST", "storage/v1/b", "", {"name": "a"}, "wants project"),
    "a parameter twice": ("cloudkms", "POST", KEYS, "cryptoKeyId=a&cryptoKeyId=b", {}, "said twice"),
    "a field misspelt": ("cloudkms", "POST", KEYS, "", {"rotation": "1s"}, "no field rotation"),
    "a field below misspelt": (
        "storage",
        "POST",
        "storage/v1/b",
        "project=p",
        {"iamConfiguration": {"uniformBucketLevelAcces": {"enabled": True}}},
        "no field uniformBucketLevelAcces",
    ),
    "another type": ("storage", "POST", "storage/v1/b", "project=p", {"versioning": {"enabled": "true"}}, "no boolean"),
    "a number as one": (
        "storage",
        "POST",
        "storage/v1/b",
        "project=p",
        {"softDeletePolicy": {"retentionDurationSeconds": 7}},
        "no string",
    ),
    "none of the words": ("cloudkms", "POST", KEYS, "", {"purpose": "ENCRYPT"}, "none of"),
    "no duration": ("cloudkms", "POST", KEYS, "", {"rotationPeriod": "90d"}, "no duration"),
    "no time": ("cloudkms", "POST", KEYS, "", {"nextRotationTime": "2026-11-27"}, "no time"),
    "what Google says": ("cloudkms", "POST", KEYS, "", {"primary": {}}, "Google's to say"),
    "a list of another type": (
        "iam",
        "POST",
        f"v1/projects/{ID}/roles",
        "",
        {"role": {"includedPermissions": [1]}},
        "1",
    ),
    "a body where there is none": ("cloudkms", "GET", f"v1/{KEY}", "", {"name": KEY}, "takes no body"),
}


@pytest.mark.parametrize(("service", "verb", "path", "query", "body", "says"), WRONG.values(), ids=WRONG)
def test_what_is_none_of_googles_calls(service: str, verb: str, path: str, query: str, body: Any, says: str) -> None:
    data = b"" if body is None else json.dumps(body).encode()
    with pytest.raises(WrongError) as raised:
        discovery.understood(service, verb, path, query, data)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("verb", "path", "query", "call"),
    [
        ("GET", f"v1/{KEY}", "", "get"),
        ("GET", f"v1/{KEY}:getIamPolicy", "options.requestedPolicyVersion=3&alt=json", "getIamPolicy"),
        ("POST", f"v1/{KEY}:setIamPolicy", "", "setIamPolicy"),
        ("PATCH", f"v1/{KEY}", "updateMask=labels", "patch"),
    ],
)
def test_a_verb_at_the_end_is_no_part_of_a_name(verb: str, path: str, query: str, call: str) -> None:
    found = discovery.understood("cloudkms", verb, path, query, b"")
    assert found.id == f"cloudkms.projects.locations.keyRings.cryptoKeys.{call}"
    assert KEY in found.parameters.values()
    assert found.changes is (call in ("setIamPolicy", "patch"))


def test_an_api_that_is_off_answers_nothing() -> None:
    with pytest.raises(RefusedError, match="has not been used"):
        Google().answer("cloudkms", "GET", f"v1/{RING}", "", b"")


BAD_POLICIES: dict[str, tuple[dict[str, Any], str]] = {
    "a condition without version 3": ({"condition": {"title": "t", "expression": "resource.name == 'a'"}}, "version 3"),
    "an account that there is not": ({"members": [f"serviceAccount:a@{ID}.iam.gserviceaccount.com"]}, "does not exist"),
    "a pool that there is not": ({"members": ["principal://iam.googleapis.com/projects/1/x"]}, "does not exist"),
    "a role that there is not": ({"role": f"projects/{ID}/roles/none"}, "does not exist"),
    "nobody": ({"members": []}, "no member"),
    "no member's form": ({"members": ["ann@acme.dev"]}, "Invalid member"),
}


@pytest.mark.parametrize(("binding", "says"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_a_policy_that_google_refuses(binding: dict[str, Any], says: str) -> None:
    project = Project()
    policy = policies.read(project, ID, 1) | {
        "bindings": [{"role": "roles/viewer", "members": ["user:a@b.c"]} | binding]
    }
    with pytest.raises(RefusedError, match=says):
        policies.write(project, ID, policy)


def test_a_policy_that_somebody_changed_in_between_is_not_overwritten() -> None:
    project = Project()
    old = policies.read(project, ID, 3)
    policies.write(project, ID, old)
    with pytest.raises(RefusedError, match="concurrent"):
        policies.write(project, ID, old)


@pytest.mark.parametrize(
    ("expression", "name", "holds"),
    [
        ('resource.name.startsWith("a/")', "a/b", True),
        ('resource.name.startsWith("a/")', "b/a/", False),
        ('resource.name.extract("/objects/{x}/") == "models"', "b/objects/models/m", True),
        ('resource.name.extract("/objects/{x}/") == "models"', "b/objects/models", False),
        ('resource.name.extract("/disks/{x}").startsWith("a-")', "zones/z/disks/a-1", True),
        ('resource.name.extract("/disks/{x}").startsWith("a-")', "zones/z/instances/a-1", False),
        ("resource.name == 'a' || resource.name == 'b' && resource.type == 'c'", "a", True),
        ("(resource.name == 'a' || resource.name == 'b') && resource.type == 'c'", "a", False),
    ],
)
def test_conditions_are_judged_as_google_reads_them(expression: str, name: str, holds: bool) -> None:
    """cloud.google.com/iam/docs/conditions-attribute-reference"""
    assert cel.holds(expression, {"resource.name": name, "resource.type": "d"}) is holds


@pytest.mark.parametrize(
    "expression", ["resource.name.matches('a')", "true", "resource.name == 'a' b", "resource.name == 'a' &&", "(a"]
)
def test_what_is_not_understood_is_an_error(expression: str) -> None:
    with pytest.raises(AssertionError):
        cel.parse(expression)
