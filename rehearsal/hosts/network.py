"""The bridge, the way out, and what of the machine's own settings had to change."""

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.hosts import clash, docker, state
from rehearsal.hosts.errors import HostsError, run

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
BOOT = Path("/proc/sys/kernel/random/boot_id")


def ip(*words: str) -> list[dict[str, Any]]:
    """`ip -json`, as a list."""
    return json.loads(run(["ip", "-json", *words]).strip() or "[]")  # type: ignore[no-any-return]


def links() -> dict[str, dict[str, Any]]:
    """Interfaces by name."""
    return {link["ifname"]: link for link in ip("-details", "link", "show") if link}


def unplugged(machine: str, seconds: float = 10) -> None:
    """Wait until a dead guest's cable is gone: the kernel takes it away a moment after the last process."""
    cable, until = f"vb-{machine}", time.monotonic() + seconds  # a long name is the interface's second one
    while any(cable in (name, *link.get("altnames", [])) for name, link in links().items()):
        if time.monotonic() > until:
            return  # the next start says that it is in the way
        time.sleep(0.1)


def mac(environment: str, bridge: str) -> str:
    """The bridge's hardware address, by which we know it as our own."""
    digits = hashlib.sha256(f"{environment}/{bridge}".encode()).hexdigest()
    return "02:" + ":".join(digits[i : i + 2] for i in range(0, 10, 2))


def claim(environment: state.Environment, wanted: Mapping[str, Any]) -> None:
    """Reserve bridge and ranges for an environment, before anything is made.

    Raises:
        HostsError: they clash with the machine, with another environment, or with what this one has already.
    """
    with state.machine_locked():
        there, link = environment.claim, links().get(wanted["bridge"])
        network = ("bridge", "subnet4", "subnet6")
        if there and any(there[key] != wanted[key] for key in network):
            raise HostsError(
                f"rehearsal.yml changed under the environment {environment.name}, which stands on "
                + ", ".join(there[key] for key in network),
                "nothing was done",
                f"put them back, or (its data goes) begin anew: destroy --environment {environment.name}",
            )
        ours = link is not None and there is not None and link["address"] == mac(environment.name, wanted["bridge"])
        clash.check_claims(environment.name, wanted, state.claims())
        if link and not ours:
            clash.check_bridge(wanted["bridge"], [link])
        for family, key in (("-4", "subnet4"), ("-6", "subnet6")):
            routes = ip(family, "route", "show", "table", "all")
            clash.check_range(wanted[key], routes, wanted["bridge"] if ours else "")
        environment.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if there != dict(wanted):
            state.write(environment.directory / "environment.json", wanted)


def ways_out() -> list[str]:
    """Interfaces of the default route; of several routes, those of the best metric."""
    routes = [r for r in ip("-4", "route", "show", "default") if r.get("type", "unicast") == "unicast"]
    best = min((r.get("metric", 0) for r in routes), default=0)
    chosen = [r for r in routes if r.get("metric", 0) == best]
    return sorted({hop["dev"] for r in chosen for hop in r.get("nexthops", [r]) if "dev" in hop})


def table(environment: str, bridge: str, subnet4: str, outs: list[str]) -> str:
    """The nft script of an environment: out by the default route, answers back, nothing else."""
    name = f"inet shoestring-rehearsal-{environment}"
    forward, nat = [f'iifname "{bridge}" oifname "{bridge}" accept'], []
    for out in outs:
        forward += [
            f'iifname "{bridge}" oifname "{out}" ip saddr {subnet4} accept',
            f'iifname "{out}" oifname "{bridge}" ct state established,related accept',
        ]
        nat += [f'ip saddr {subnet4} oifname "{out}" masquerade']
    forward += [f'iifname "{bridge}" drop', f'oifname "{bridge}" drop']
    return (
        f"table {name}\ndelete table {name}\ntable {name} {{\n"
        "  chain forward {\n    type filter hook forward priority filter; policy accept;\n    "
        + "\n    ".join(forward)
        + "\n  }\n  chain postrouting {\n    type nat hook postrouting priority srcnat; policy accept;\n    "
        + "\n    ".join(nat)
        + "\n  }\n}\n"
    )


def ensure(environment: str, claimed: Mapping[str, Any]) -> None:
    """Make the bridge, its addresses, the firewall and forwarding, as far as they are missing."""
    bridge = claimed["bridge"]
    if bridge not in links():
        run(["ip", "link", "add", "name", bridge, "address", mac(environment, bridge), "type", "bridge"])
    Path(f"/proc/sys/net/ipv6/conf/{bridge}/disable_ipv6").write_text("0")
    for gateway, subnet, *words in (("gateway4", "subnet4"), ("gateway6", "subnet6", "nodad")):
        address = f"{claimed[gateway]}/{claimed[subnet].split('/')[1]}"
        run(["ip", "address", "replace", address, "dev", bridge, *words])
    for each in claimed.get("also", ()):
        run(["ip", "address", "replace", f"{each}/32", "dev", bridge])
    run(["ip", "link", "set", bridge, "up"])
    # The firewall stands before forwarding is switched on: at no moment is a host open to the outside.
    outs = ways_out()
    run(["nft", "-f", "-"], stdin=table(environment, bridge, claimed["subnet4"], outs))
    docker.allow(environment, bridge, claimed["subnet4"], outs)
    with state.machine_locked():
        boot, known = BOOT.read_text().strip(), state.read(state.ROOT / "forwarding.json")
        if known is None or known["boot"] != boot:
            before = FORWARD.read_text().strip()
            state.write(state.ROOT / "forwarding.json", {"boot": boot, "ip_forward": before})
        if FORWARD.read_text().strip() != "1":
            FORWARD.write_text("1")


def remove(environment: str, claimed: Mapping[str, Any]) -> None:
    """Take away the bridge and the firewall, once the hosts' interfaces went with their namespaces."""
    bridge = claimed["bridge"]
    link = links().get(bridge)
    if link and link["address"] == mac(environment, bridge):
        until = time.monotonic() + 10
        while time.monotonic() < until and ip("link", "show", "master", bridge):
            time.sleep(0.05)
        run(["ip", "link", "delete", bridge])
    docker.disallow(environment)
    name = f"inet shoestring-rehearsal-{environment}"
    run(["nft", "-f", "-"], stdin=f"table {name}\ndelete table {name}\n")


def restore_forwarding() -> None:
    """Put ip_forward back when no environment is left. The caller holds the machine's lock."""
    known = state.read(state.ROOT / "forwarding.json")
    if known is None or state.claims():
        return
    if known["boot"] == BOOT.read_text().strip() and not docker.present():
        FORWARD.write_text(known["ip_forward"])
    (state.ROOT / "forwarding.json").unlink()
