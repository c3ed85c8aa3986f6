"""Field types for names, addresses, networks and times: checked, normalized, and safe in a command line."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from infra.fields import Checked, word
from infra.problems import refuse

Group = Literal["database", "bucket", "tracking", "orchestrator", "telemetry", "proxy", "service", "dashboard"]
GROUPS: tuple[str, ...] = get_args(Group)

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DNS_NAME = rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})*"
# Shorter prefixes hold half the world: whoever writes one as "private" or "admin" meant something else.
SHORTEST_TRUSTED = {4: 8, 6: 7}


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise refuse(
            "an IP address, v4 or v6", "write it as 10.20.0.5 or fd00::5, without a port or a /length"
        ) from None
    usable = not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local)
    if not usable or str(address) == "255.255.255.255" or getattr(address, "ipv4_mapped", None):
        raise refuse(
            "an IP address that other hosts can reach",
            "take the one that `ip -brief address` shows on the host",
        )
    return str(address)


def _network(text: str) -> str:
    address, slash, _ = text.partition("/")
    try:
        single = ipaddress.ip_address(address)
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise refuse("a network in CIDR form", "write address/length, for example 10.20.0.0/24 or fd00::/64") from None
    if not slash:
        raise refuse("a network in CIDR form", f"write {text}/{single.max_prefixlen} for that one address")
    if single != network.network_address:
        raise refuse(
            "a network without host bits",
            f"write {network}, or {single}/{single.max_prefixlen} for one address",
        )
    return str(network)


def _trusted(text: str) -> str:
    network = ipaddress.ip_network(_network(text))
    shortest = SHORTEST_TRUSTED[network.version]
    if network.prefixlen < shortest:
        raise refuse(
            f"a network of your own, /{shortest} or longer",
            "list the networks you really mean; the world is not one",
        )
    return str(network)


def _name_or_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if re.fullmatch(DNS_NAME, text) and not text.replace(".", "").isdigit():
            return text
    raise refuse(
        "a DNS name in lower case or an IP address",
        "write only the name or address: no scheme, port, path or *",
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and re.fullmatch(r"[!-~]+", text) and parts.hostname
        named = bool(good) and bool(_name_or_address(str(parts.hostname))) and parts.port != 0
    except ValueError:
        named = False
    if "@" in text:
        raise refuse("a URL without user and password", "take the credentials out of the URL", hidden=True)
    if not named or re.search(r"""["'`\\$;<>{}|^]""", text):
        raise refuse("an http:// or https:// URL", "write it like http://proxy.internal:3128")
    return text


def _secure_url(text: str) -> str:
    if not _url(text).startswith("https://"):
        raise refuse("an https:// URL", "use the store's https address; every hop is TLS")
    return text


def _time(text: str) -> str:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise refuse("a date and time with its zone (RFC 3339)", "write it like 2026-01-31T12:00:00Z")
    return text


HostName = Annotated[str, word(LABEL, "a host name: one DNS label of a-z, 0-9 and inner hyphens, at most 63", "app1")]
EnvironmentName = Annotated[
    str,
    word(r"[a-z][a-z0-9-]{0,30}", "the environment's name, that of its directory: a-z, 0-9, hyphens", "onprem"),
]
UserName = Annotated[str, word(r"[a-z_][a-z0-9_-]{0,31}", "the Unix user with sudo that Ansible logs in as", "deploy")]
Address = Annotated[str, Checked(_address, "an IP address, v4 or v6", "10.20.0.5")]
Endpoint = Annotated[str, Checked(_name_or_address, "a DNS name or an IP address", "db.internal")]
Time = Annotated[str, Checked(_time, "a date and time with its zone (RFC 3339)", "2026-01-31T12:00:00Z")]
Cidr = Annotated[str, Checked(_network, "a network in CIDR form", "10.20.0.0/24")]
TrustedCidr = Annotated[str, Checked(_trusted, "a network of your own in CIDR form", "10.20.0.0/24")]
Url = Annotated[str, Checked(_url, "an http:// or https:// URL without a password", "http://proxy.internal:3128")]
SecureUrl = Annotated[str, Checked(_secure_url, "an https:// URL without a password", "https://s3.internal:7070")]
