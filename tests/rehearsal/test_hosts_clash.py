"""Does the network fit? Answered before anything is made."""

import pytest

from rehearsal.hosts import clash
from rehearsal.hosts.errors import HostsError

ROUTES = [
    {"dst": "default", "dev": "eth0"},
    {"dst": "0.0.0.0/0", "dev": "wg1"},
    {"dst": "192.0.2.0/24", "dev": "eth0"},
    {"dst": "10.8.0.0/16", "dev": "wg0"},
    {"dst": "172.17.0.1", "dev": "docker0", "type": "local"},
    {"dst": "10.77.0.0/24", "dev": "shoe0"},
    {"dst": "fd00:1::/64", "dev": "eth0"},
]
OURS = {"bridge": "shoe0", "subnet4": "10.77.0.0/24", "subnet6": "fd77::/64"}


@pytest.mark.parametrize(
    ("subnet", "bridge"),
    [("10.78.0.0/24", ""), ("10.77.0.0/24", "shoe0"), ("fd77::/64", ""), ("192.0.3.0/24", "")],
)
def test_a_free_range_fits(subnet: str, bridge: str) -> None:
    clash.check_range(subnet, ROUTES, bridge)


@pytest.mark.parametrize(
    ("subnet", "named"),
    [
        ("10.77.0.0/24", "shoe0"),
        ("10.77.0.128/25", "10.77.0.0/24"),
        ("10.8.4.0/24", "wg0"),
        ("10.0.0.0/12", "10.8.0.0/16"),
        ("172.17.0.0/24", "docker0"),
        ("fd00:1::/64", "eth0"),
    ],
)
def test_an_overlap_is_refused_and_named(subnet: str, named: str) -> None:
    with pytest.raises(HostsError) as error:
        clash.check_range(subnet, ROUTES, "")
    assert named in str(error.value)
    assert "nothing was made" in str(error.value)
    assert "rehearsal.yml" in str(error.value)


def test_a_foreign_interface_keeps_its_name() -> None:
    clash.check_bridge("shoe0", [{"ifname": "eth0"}])
    with pytest.raises(HostsError, match="shoe0"):
        clash.check_bridge("shoe0", [{"ifname": "eth0"}, {"ifname": "shoe0"}])


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"bridge": "shoe0", "subnet4": "10.1.0.0/24", "subnet6": "fd01::/64"}, "the bridge shoe0"),
        ({"bridge": "shoe1", "subnet4": "10.77.0.0/16", "subnet6": "fd01::/64"}, "overlapping range"),
        ({"bridge": "shoe1", "subnet4": "10.1.0.0/24", "subnet6": "fd77::/64"}, "overlapping range"),
    ],
)
def test_another_environment_keeps_what_it_has(other: dict[str, str], named: str) -> None:
    clash.check_claims("local", OURS, {"local": OURS})
    with pytest.raises(HostsError) as error:
        clash.check_claims("local", OURS, {"other": other})
    assert named in str(error.value)
    assert "destroy --environment other" in str(error.value)


def test_two_environments_stand_side_by_side() -> None:
    clash.check_claims("b", {"bridge": "b0", "subnet4": "10.1.0.0/24", "subnet6": "fd01::/64"}, {"local": OURS})
