"""From every peer and the controller, v4 and v6: open is what stacks/exposure.yml lists for that pair, no more."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import yaml

from ops.environment import ROOT
from tests.hosts.scanning import CONTROLLER, scan
from tests.hosts.site import Site


def _expected(site: Site, source: str, target: str, version: int) -> set[int]:
    """What the table opens to `source`. Groups are addresses of one family; world and controller are of both."""
    groups = {host["name"]: set(host["groups"]) for host in site.footprint()["hosts"]}
    words = {"world"} | ({CONTROLLER} if source == CONTROLLER else groups[source] if version == 4 else set())
    table = yaml.safe_load((ROOT / "stacks/exposure.yml").read_text())
    return {
        line["port"]
        for line in table
        if line["from"] in words and line["protocol"] == "tcp" and line["to"] in {"all", *groups[target]}
    }


def _second_addresses(site: Site) -> dict[str, str]:
    """Host name -> its IPv6 address on the bridge, which the Footprint does not name."""
    return {
        name: next(
            word.split("/")[0]
            for word in site.ssh(name, "ip -6 -brief address show dev host0 scope global").stdout.split()
            if ":" in word
        )
        for name in site.hosts()
    }


def test_open_is_what_the_table_says(site: Site) -> None:
    addresses = {4: site.hosts(), 6: _second_addresses(site)}
    names = list(site.hosts())
    pairs = [pair for pair in product([CONTROLLER, *names], names, (4, 6)) if pair[0] != pair[1]]
    assert len(pairs) == 18, "three hosts, seen from each other and from the controller, by both versions"
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda pair: scan(site, pair[0], addresses[pair[2]][pair[1]]), pairs))
    wrong = {
        f"{source} -> {target} v{version}": (
            sorted(opened),
            "listed:",
            sorted(_expected(site, source, target, version)),
        )
        for (source, target, version), opened in zip(pairs, found, strict=True)
        if opened != _expected(site, source, target, version)
    }
    assert wrong == {}


def test_a_stray_listener_is_not_reachable(site: Site) -> None:
    """The firewall denies by default: what someone starts by hand is for the host alone."""
    site.ssh("app2", "systemd-run --quiet --collect --unit=stray python3 -m http.server 8080")
    try:
        assert scan(site, "app2", "127.0.0.1", (8080, 8080)) == {8080}, "the stray listener did not start"
        assert scan(site, "app1", site.hosts()["app2"], (8080, 8080)) == set()
        assert scan(site, CONTROLLER, site.hosts()["app2"], (8080, 8080)) == set()
    finally:
        site.ssh("app2", "systemctl stop stray")


def test_from_elsewhere_only_the_public_door_is_open(site: Site) -> None:
    """`Elsewhere` is an address of this machine that is neither the controller's nor a peer's."""
    bridge = yaml.safe_load((site.directory / "rehearsal.yml").read_text())["bridge"]
    elsewhere = site.hosts()["app1"].rpartition(".")[0] + ".200"
    subprocess.run(["ip", "address", "add", f"{elsewhere}/32", "dev", bridge], check=True)
    try:
        opened = {name: scan(site, CONTROLLER, address, leaving_by=elsewhere) for name, address in site.hosts().items()}
    finally:
        subprocess.run(["ip", "address", "del", f"{elsewhere}/32", "dev", bridge], check=True)
    assert opened == {"app1": {443}, "app2": set(), "data1": set()}
