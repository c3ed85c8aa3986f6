"""Google's firewall, opened in each way in which ../worse_network.py opens AWS's."""

from __future__ import annotations

from typing import Any

from infra.guardrails.gcp import tokens
from infra.hosts import IAP
from tests.infra.guardrails.spoilt import Added, Case, References, Spoilt

DEV = "gcp-dev"
HTTPS, SSH, POSTGRES = "in-443tcp", "in-22tcp", "in-5432tcp"
BOTH = "fw-declared fw-never-to-the-world"
ACCOUNT: References = {"sourceServiceAccounts": "serviceaccount/account database-proxy-service"}


def wide(what: str, network: str, rules: str, says: str) -> Spoilt:
    return Spoilt(DEV, f"compute/firewall {what}", "sourceRanges", [network], rules, says)


def opened(rules: str, says: str, protocol: str, port: str, references: References | None = None, **more: Any) -> Added:
    """gcp-dev with one more rule for its host, from the world or wherever `more` says."""
    inputs = {"allows": [{"protocol": protocol, "ports": [port]}], **more}
    return Added(DEV, tokens.FIREWALL, "more", inputs, rules, says, references, like=f"compute/firewall {HTTPS}")


OPENINGS: dict[str, Case] = {
    "SSH for everybody by IPv6": wide(SSH, "::/0", BOTH, "SSH (22)"),
    "SSH for half of everybody": wide(SSH, "128.0.0.0/1", BOTH, "SSH (22)"),
    "SSH for a network as large as one owns": wide(SSH, "10.0.0.0/8", "fw-declared", "10.0.0.0/8 reach tcp 22"),
    "PostgreSQL for everybody": wide(POSTGRES, "0.0.0.0/0", BOTH, "PostgreSQL (5432)"),
    "the tunnel into the database": wide(POSTGRES, IAP, "fw-declared", f"{IAP} reach tcp 5432"),
    "remote desktops": opened(BOTH, "remote desktops (3389)", "tcp", "3389"),
    "some ports": opened(BOTH, "every port of tcp", "tcp", "443-444"),
    "all protocols": Spoilt(
        DEV, f"compute/firewall {HTTPS}", "allows", [{"protocol": "all"}], BOTH, "every port of all"
    ),
    "the service past its proxy": opened("fw-declared", "tcp 8443, undeclared", "tcp", "8443"),
    "metrics for a neighbour": opened("fw-declared", "tcp 9100", "tcp", "9100", sourceRanges=["10.9.0.0/16"]),
    "the same port by UDP": opened("fw-declared", "udp 443", "udp", "443"),
    "somebody else's account": Spoilt(
        DEV, f"compute/firewall {POSTGRES}", "sourceServiceAccounts/-", "eve@acme", "fw-declared", "account of nobody"
    ),
    "a machine of somebody else's": Spoilt(
        DEV, f"compute/firewall {POSTGRES}", "targetServiceAccounts/-", "eve@acme", "fw-declared", "none of this stack"
    ),
    "nobody": opened("fw-declared", "names nobody", "tcp", "443", sourceRanges=[]),
    "a group and a network": opened(
        "fw-declared", "database, proxy, service reach tcp 443", "tcp", "443", ACCOUNT, sourceServiceAccounts=["x"]
    ),
    "SSH goes out": Added(
        DEV,
        tokens.FIREWALL,
        "more",
        {"allows": [{"protocol": "tcp", "ports": ["22"]}]},
        "fw-narrow-egress",
        "443 by tcp",
        like="compute/firewall gcp-dev-out",
    ),
    "Pulumi's description": Spoilt(
        DEV, f"compute/firewall {HTTPS}", "description", "Managed by Pulumi", "fw-described", "why it is there"
    ),
}
# A way in which ../worse_network.py opens AWS -> what it is called here, or why there is no such thing.
TWINS = {
    "another's group": "a rule for every machine",
    "another's group goes out": "(a rule for accounts of others lets nothing of ours out)",
    "everything goes out": "a way out by every port",
    "the tunnel goes out": "(Google's tunnel is no part of the network)",
    "the database goes out": "(a managed database is no part of the network)",
    "rules inside of a group": "(there are no groups: each rule is a resource)",
    "a rule nobody explains": "a rule that nobody can explain",
}
