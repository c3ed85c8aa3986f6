"""What a request wants, and who may: each role's own verbs, on its bucket, and a boundary within that."""

from __future__ import annotations

import pytest

from rehearsal.planes.gcs import rights
from rehearsal.planes.gcs.rights import CREATE, DELETE, GET, LIST, MAKE, UPDATE, Wanted
from rehearsal.planes.gcs.tokens import Held

POLICIES = {
    "models": {"roles/storage.objectViewer": ["user:reader"], "roles/storage.objectUser": ["user:keeper"]},
    "closed": {},
}


@pytest.mark.parametrize(
    ("method", "target", "wanted"),
    [
        ("GET", "/storage/v1/b/models/o", Wanted(LIST, "models")),
        ("GET", "/storage/v1/b/models/o/a%2Fb?alt=media", Wanted(GET, "models", "a/b")),
        ("GET", "/download/storage/v1/b/models/o/a%2Fb?alt=media", Wanted(GET, "models", "a/b")),
        ("GET", "/models/a/b", Wanted(GET, "models", "a/b")),
        ("POST", "/upload/storage/v1/b/models/o?uploadType=media&name=a/b", Wanted(CREATE, "models", "a/b")),
        ("PUT", "/upload/storage/v1/b/models/o?upload_id=x", Wanted(CREATE, "models")),
        ("DELETE", "/storage/v1/b/models/o/a", Wanted(DELETE, "models", "a")),
        ("PATCH", "/storage/v1/b/models/o/a", Wanted(UPDATE, "models", "a")),
        ("POST", "/storage/v1/b", Wanted(MAKE, "")),
    ],
)
def test_a_request_wants_one_thing(method: str, target: str, wanted: Wanted) -> None:
    assert rights.wanted(method, target) == wanted


@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/batch/storage/v1"), ("GET", "/wipe"), ("PUT", "/models/a"), ("DELETE", "/storage/v1/b/models")],
)
def test_what_is_no_part_of_the_store_is_nothing(method: str, target: str) -> None:
    assert rights.wanted(method, target) is None


@pytest.mark.parametrize(
    ("member", "may"),
    [("user:reader", {GET, LIST}), ("user:keeper", {GET, LIST, CREATE, DELETE, UPDATE}), ("user:stranger", set())],
)
def test_a_member_may_what_its_roles_say_and_no_more(member: str, may: set[str]) -> None:
    every = {GET, LIST, CREATE, DELETE, UPDATE, MAKE}
    assert {one for one in every if rights.may(Held(member), Wanted(one, "models", "a"), POLICIES)} == may
    assert not any(rights.may(Held(member), Wanted(one, "closed", "a"), POLICIES) for one in every)


def test_a_boundary_is_within_what_the_member_may() -> None:
    narrow = Held("user:keeper", "roles/storage.objectViewer", "models", "v1/")
    assert rights.may(narrow, Wanted(GET, "models", "v1/a"), POLICIES)
    for wanted in (
        Wanted(GET, "models", "v2/a"),
        Wanted(GET, "closed", "v1/a"),
        Wanted(CREATE, "models", "v1/a"),
        Wanted(LIST, "models"),
    ):
        assert not rights.may(narrow, wanted, POLICIES), wanted
    stranger = Held("user:stranger", "roles/storage.objectViewer", "models", "v1/")
    assert not rights.may(stranger, Wanted(GET, "models", "v1/a"), POLICIES), "a boundary gives nothing"
