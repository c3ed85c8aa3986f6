"""What rehearsal.yml may say: one good file, and a table of mistakes that each get a named refusal."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.hosts import config
from rehearsal.hosts.errors import HostsError

GOOD: dict[str, Any] = {
    "bridge": "shoe0",
    "subnet4": "10.77.0.0/24",
    "subnet6": "fd77:5705:1e55::/64",
    "hosts": [
        {"name": "app1", "address": "10.77.0.11", "groups": ["proxy", "service"]},
        {"name": "data1", "address": "10.77.0.21", "groups": ["database"]},
    ],
}
HOST = GOOD["hosts"][0]
DATA = GOOD["hosts"][1]
VOLUME = {"purpose": "database", "size": "2G"}


def said(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "rehearsal.yml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_shipped_file_is_valid_and_short() -> None:
    path = Path(__file__).parents[2] / "stacks/local/rehearsal.yml"
    assert [host.name for host in config.load(path).hosts] == ["app1", "app2", "data1"]
    assert len(path.read_text().splitlines()) <= 20, "a stack file that grows means a default is missing"


def test_what_is_not_said_is_derived(tmp_path: Path) -> None:
    wanted = config.load(said(tmp_path, GOOD))
    assert str(wanted.gateway4) == "10.77.0.1"
    assert str(wanted.gateway6) == "fd77:5705:1e55::1"
    assert str(wanted.address6(wanted.hosts[0])) == "fd77:5705:1e55::b", "as far into the range as 10.77.0.11"


def test_a_volume_is_two_words(tmp_path: Path) -> None:
    wanted = config.load(said(tmp_path, GOOD | {"hosts": [DATA | {"volumes": [VOLUME]}]}))
    assert [(volume.purpose, volume.size) for volume in wanted.hosts[0].volumes] == [("database", "2G")]


@pytest.mark.parametrize(
    "public",
    [
        {"certificate": "files"},
        {"names": ["predict.door.internal"], "certificate": {"acme": {"email": "ops@mycompany.net"}}},
    ],
)
def test_the_door_may_have_another_certificate(tmp_path: Path, public: dict[str, Any]) -> None:
    wanted = config.load(said(tmp_path, GOOD | {"public": public})).public
    assert wanted.model_dump(exclude_unset=True) == public


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"brigde": "shoe0"}, "brigde"),
        ({"bridge": None}, "bridge"),
        ({"bridge": "a-name-of-16-char"}, "bridge"),
        ({"bridge": "Shoe0"}, "bridge"),
        ({"bridge": "shoe0; reboot"}, "bridge"),
        ({"subnet4": "10.77.0.0"}, "subnet4"),
        ({"subnet4": "10.77.0.11/24"}, "subnet4"),
        ({"subnet4": "8.8.8.0/24"}, "private range"),
        ({"subnet4": "10.0.0.0/8"}, "/16 and /28"),
        ({"subnet4": "fd77::/64"}, "subnet4"),
        ({"subnet6": "2001:db8::/64"}, "fc00::/7"),
        ({"subnet6": "fd77::/40"}, "between /48 and /64"),
        ({"subnet6": "fd77::/65"}, "between /48 and /64"),
        ({"subnet6": "10.77.0.0/24"}, "subnet6"),
        ({"hosts": []}, "hosts"),
        ({"hosts": "app1"}, "hosts"),
        ({"hosts": [HOST | {"name": "app_1"}]}, "hosts.0.name"),
        ({"hosts": [HOST | {"name": "-app"}]}, "hosts.0.name"),
        ({"hosts": [HOST | {"name": "äpp"}]}, "hosts.0.name"),
        ({"hosts": [HOST | {"name": "../../etc"}]}, "hosts.0.name"),
        ({"hosts": [HOST | {"name": "a" * 31}]}, "hosts.0.name"),
        ({"hosts": [HOST | {"memory": "4G"}]}, "hosts.0.memory"),
        ({"hosts": [HOST | {"groups": []}]}, "hosts.0.groups"),
        ({"hosts": [HOST | {"volumes": [VOLUME]}]}, "expected database among its groups"),
        ({"hosts": [DATA | {"volumes": [VOLUME, VOLUME]}]}, "two for one purpose"),
        ({"hosts": [DATA | {"volumes": [VOLUME | {"purpose": "logs"}]}]}, "hosts.0.volumes.0.purpose"),
        ({"hosts": [DATA | {"volumes": [VOLUME | {"size": "2GB"}]}]}, "hosts.0.volumes.0.size"),
        ({"hosts": [DATA | {"volumes": [VOLUME | {"size": 2}]}]}, "hosts.0.volumes.0.size"),
        ({"hosts": [DATA | {"volumes": [VOLUME | {"size": "64M"}]}]}, "128M or more"),
        ({"hosts": [DATA | {"volumes": [VOLUME | {"device": "/dev/sda"}]}]}, "hosts.0.volumes.0.device"),
        ({"hosts": [HOST | {"groups": ["proxy", 7]}]}, "hosts.0.groups.1"),
        ({"hosts": [HOST | {"address": "10.77.1.11"}]}, "expected an address in 10.77.0.0/24"),
        ({"hosts": [HOST | {"address": "10.77.0.1"}]}, "other than the bridge's"),
        ({"hosts": [HOST | {"address": "10.77.0.255"}]}, "expected an address in"),
        ({"hosts": [HOST | {"address6": "fd78::11"}]}, "expected an address in fd77:5705:1e55::/64"),
        ({"hosts": [HOST | {"address6": "fd77:5705:1e55::1"}]}, "other than the bridge's"),
        ({"hosts": [HOST, HOST | {"name": "a", "address": "10.77.0.12", "address6": "fd77:5705:1e55::b"}]}, "::b"),
        ({"hosts": [DATA | {"volumes": [VOLUME | {"device": "/dev/disk/by-id/a b"}]}]}, "hosts.0.volumes.0.device"),
        ({"hosts": [HOST | {"address": "app1.example"}]}, "hosts.0.address"),
        ({"hosts": [HOST, HOST | {"address": "10.77.0.12"}]}, "two hosts have the name app1"),
        ({"hosts": [HOST, HOST | {"name": "app2"}]}, "two hosts have the address 10.77.0.11"),
        ({"public": {"certificate": "letsencrypt"}}, "public.certificate: expected internal, files"),
        ({"public": {"certificate": {"acme": {}}}}, "public.certificate.acme.acme.email"),
        ({"public": {"certificate": {"acme": {"email": "ops@mycompany.net"}}}}, "the DNS names"),
        ({"public": {"name": "a.internal"}}, "public.name"),
        ({"public": {"names": ["https://a.internal"]}}, "public.names.0"),
    ],
)
def test_a_mistake_is_refused_by_name(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    path = said(tmp_path, GOOD | change)
    with pytest.raises(HostsError) as error:
        config.load(path)
    assert named in str(error.value)
    assert "no host was touched" in str(error.value)
    assert f"edit {path}" in str(error.value)


@pytest.mark.parametrize("text", ["", "[1, 2]", "bridge: [", "\x00", "- a"])
def test_what_is_not_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rehearsal.yml"
    path.write_text(text)
    with pytest.raises(HostsError, match=r"rehearsal\.yml"):
        config.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostsError, match="can't be read"):
        config.load(tmp_path / "nothing.yml")
