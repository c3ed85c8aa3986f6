"""Rules of a Footprint about networks: who reaches whom, by which addresses and names."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from infra.problems import Problem
from infra.seen import View, address, mapping, networks, texts


def _jumps_arrive(view: View) -> Iterator[Problem]:
    by_name = {host.name: host for host in view.hosts if host.name}
    for host in view.hosts:
        path = f"{host.path}.ssh.via.jump.host"
        if host.jump and host.jump not in by_name:
            known = ", ".join(name for name in by_name if name != host.name) or "none yet"
            fix = f"write one of the other hosts ({known}), or add {host.jump} to hosts"
            yield Problem(path, host.jump, "the name of a host in this file", fix)
        way, here = [host.name], host
        while here.jump in by_name and here.jump not in way:
            here = by_name[here.jump]
            way.append(here.name)
        if host.name and here.jump == host.name:
            found = f"a circle: {' -> '.join([*way, host.name])}"
            yield Problem(path, found, "a way that ends at a host", "give one of them `via: direct`")


def _addresses_are_private(view: View) -> Iterator[Problem]:
    private = networks(mapping(view.document.get("network")).get("private_cidrs"))
    for host in view.hosts:
        if private and host.address and not any(ipaddress.ip_address(host.address) in one for one in private):
            fix = "correct the address, or add its network to network.private_cidrs"
            expected = f"an address in network.private_cidrs ({', '.join(map(str, private))})"
            yield Problem(f"{host.path}.address", host.address, expected, fix)


def _somebody_may_come_in(view: View) -> Iterator[Problem]:
    network = mapping(view.document.get("network"))
    direct = [host for host in view.hosts if host.direct]
    if network.get("admin_cidrs") == [] and direct:
        found = f"an empty list, but {direct[0].name} is reached directly"
        fix = "add the controller's address, such as 192.168.7.9/32"
        yield Problem("network.admin_cidrs", found, "the networks you administer from", fix)
    if network.get("public_cidrs") == [] and any("proxy" in host.groups for host in view.hosts):
        found, fix = (
            "an empty list, but there is a proxy",
            "write [0.0.0.0/0, '::/0'] for everybody, or your networks",
        )
        yield Problem("network.public_cidrs", found, "the networks of the users", fix)


def _acme_needs_names(view: View) -> Iterator[Problem]:
    public = mapping(view.document.get("public"))
    if "acme" in mapping(public.get("certificate")):
        for index, name in enumerate(texts(public.get("names"))):
            if address(name):
                fix = "write a DNS name that points there, or `certificate: internal`"
                yield Problem(f"public.names[{index}]", name, "a DNS name, which is all that ACME certifies here", fix)


RULES = (_jumps_arrive, _addresses_are_private, _somebody_may_come_in, _acme_needs_names)
