"""From every peer and the controller, v4 and v6: open is what stacks/exposure.yml lists for that pair, no more."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import yaml

from ops.environment import ROOT
from tests.hosts.site import Site

SCANNER = Path(__file__).with_name("ports.py").read_text()
CONTROLLER = "controller"
EVERY = (1, 65535)


def _scan(site: Site, source: str, address: str, ports: tuple[int, int] = EVERY, leaving_by: str = "") -> set[int]:
    """Open ports of `address` as `source` sees them; the controller may leave by another address of its own."""
    words = [address, *map(str, ports), "1", leaving_by]
    if source != CONTROLLER:
        done = site.ssh(source, f"python3 - {' '.join(words)}", SCANNER)
    else:
        argv = [sys.executable, "-", *words]
        done = subprocess.run(argv, input=SCANNER, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return {int(line) for line in done.stdout.split()}


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
        found = list(pool.map(lambda pair: _scan(site, pair[0], addresses[pair[2]][pair[1]]), pairs))
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
        assert _scan(site, "app2", "127.0.0.1", (8080, 8080)) == {8080}, "the stray listener did not start"
        assert _scan(site, "app1", site.hosts()["app2"], (8080, 8080)) == set()
        assert _scan(site, CONTROLLER, site.hosts()["app2"], (8080, 8080)) == set()
    finally:
        site.ssh("app2", "systemctl stop stray")


def test_from_elsewhere_only_the_public_door_is_open(site: Site) -> None:
    """`Elsewhere` is an address of this machine that is neither the controller's nor a peer's."""
    bridge = yaml.safe_load((site.directory / "rehearsal.yml").read_text())["bridge"]
    elsewhere = site.hosts()["app1"].rpartition(".")[0] + ".200"
    subprocess.run(["ip", "address", "add", f"{elsewhere}/32", "dev", bridge], check=True)
    try:
        opened = {
            name: _scan(site, CONTROLLER, address, leaving_by=elsewhere) for name, address in site.hosts().items()
        }
    finally:
        subprocess.run(["ip", "address", "del", f"{elsewhere}/32", "dev", bridge], check=True)
    assert opened == {"app1": {443}, "app2": set(), "data1": set()}
