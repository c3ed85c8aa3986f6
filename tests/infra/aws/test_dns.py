"""The names that users type: in the zone, or said as the records that are left to make."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.aws import plans

NAMES = ["predict.example.com", "ml.example.com", "203.0.113.7"]
ZONE = "Z0123456789ABCDEFGHIJ"
V4, V6 = "198.51.100.0/24", "2001:db8:7::/48"


def door(**settings: Any) -> tuple[str, str]:
    """The proxy's two public addresses."""
    _, made = plans.changed("aws-prod", **settings)
    (address,) = plans.of(made, "Eip")
    (proxy,) = (one for one in plans.machines(made) if one.name.endswith("-app1"))
    _, said = plans.Inventor().create(proxy)
    return plans.Inventor().create(address)[1]["publicIp"], said["ipv6Addresses"][0]


def test_without_a_zone_the_exact_records_are_said() -> None:
    _, made = plans.changed("aws-prod", names=NAMES)
    v4, v6 = door(names=NAMES)
    assert made.outputs["records"] == [
        f"predict.example.com. 300 IN A {v4}",
        f"predict.example.com. 300 IN AAAA {v6}",
        f"ml.example.com. 300 IN A {v4}",
        f"ml.example.com. 300 IN AAAA {v6}",
    ], "lines that a zone file takes as they are; an address needs none"
    assert plans.of(made, "Record") == []


def test_with_a_zone_they_are_written_and_none_is_left() -> None:
    settings: dict[str, Any] = {"names": NAMES[:2], "zone": ZONE}
    _, made = plans.changed("aws-prod", **settings)
    v4, v6 = door(**settings)
    found = {(one.inputs["name"], one.inputs["type"]): one.inputs for one in plans.of(made, "Record")}
    assert {key: said["records"] for key, said in found.items()} == {
        ("predict.example.com", "A"): [v4],
        ("predict.example.com", "AAAA"): [v6],
        ("ml.example.com", "A"): [v4],
        ("ml.example.com", "AAAA"): [v6],
    }
    assert {said["zoneId"] for said in found.values()} == {ZONE}
    assert {said["ttl"] for said in found.values()} == {300}, "who moves to another address waits no longer"
    assert made.outputs["records"] == []


@pytest.mark.parametrize(("public", "kinds"), [([V4], ["A"]), ([V6], ["AAAA"]), ([V4, V6], ["A", "AAAA"])], ids=str)
def test_a_family_that_nobody_may_come_by_has_no_record(public: list[str], kinds: list[str]) -> None:
    _, made = plans.changed("aws-prod", public_cidrs=public)
    assert [line.split()[3] for line in made.outputs["records"]] == kinds, "it leads to a closed door"


def test_who_has_no_name_has_no_record_to_make() -> None:
    assert plans.stack("aws-dev").outputs["records"] == []


def test_who_has_no_proxy_has_no_address_to_name() -> None:
    hosts = [{"name": "data1", "groups": ["database"]}]
    _, made = plans.changed("aws-dev", hosts=hosts, names=NAMES[:1])
    assert made.outputs["records"] == []
