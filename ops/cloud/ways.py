"""Who reaches what in an environment: the words for it, and what stacks/exposure.yml says of these hosts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

from infra import exposure
from infra.settings import Settings

TUNNEL, DATABASE = "tunnel", "database"


class Way(NamedTuple):
    """`source`, the name of a host, `tunnel`, or a network, reaches `port` of `to`, a host's name or `database`."""

    source: str
    to: str
    protocol: str
    port: int | str  # a range, and `all`, is a word


def declared(settings: Settings, versions: Iterable[int] = (4, 6)) -> set[Way]:
    """What the table says of the hosts that these settings ask for, by the `versions` of IP that the cloud has."""
    networks = {
        word: {one for one in cidrs if ipaddress.ip_network(one).version in tuple(versions)}
        for word, cidrs in {"world": settings.public_cidrs, "admin": settings.admin_cidrs}.items()
    }
    return {
        Way(source, to, line.protocol, line.port)
        for line in exposure.load()
        for to in _named(settings, line.to)
        for source in _sources(settings, line.source, to, networks)
    }


def _named(settings: Settings, word: str) -> set[str]:
    if word == DATABASE and settings.database == "managed":
        return {DATABASE}
    return {host.name for host in settings.hosts if word == "all" or word in host.groups}


def _sources(settings: Settings, word: str, to: str, networks: dict[str, set[str]]) -> set[str]:
    if word != "controller":
        return networks[word] if word in networks else _named(settings, word)
    if settings.ssh == "tunnel":
        return {TUNNEL}
    proxies = _named(settings, "proxy")
    return proxies if settings.ssh == "jump" and to not in proxies else networks["admin"]
