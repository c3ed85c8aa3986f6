"""The public certificate: refused before a host is contacted, and warned of before it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from infra import public, variables
from infra.footprint import Footprint
from ops import vault
from ops.door import Validity
from ops.environment import ROOT, Environment

WARN_DAYS = "proxy_certificate_warn_days"


def check(environment: Environment, stated: Mapping[str, Any] | None = None) -> None:
    """Raises CertificateError if what the environment's door is to serve would be refused by its clients.

    `stated`: the `public` of a Footprint that is still to be; by default that of the one there is.
    """
    stated = stated or environment.check().plain()["public"]
    if public.kind(stated) != public.INTERNAL:
        public.check(environment.directory, stated, vault.read(environment.vault, vault.key()).get(public.KEY))


def warnings(
    environment: Environment, footprint: Footprint, validity: Validity | None, now: datetime | None = None
) -> list[str]:
    """What to say of a certificate that ends soon, with what renews it; nothing while there is time."""
    if validity is None:
        return []
    # Of a certificate that lives a day a quarter is soon, not twenty days.
    soon = min(timedelta(days=_warn_days(environment)), (validity.end - validity.start) / 4)
    left = validity.end - (now or datetime.now(UTC))
    if left > soon:
        return []
    stated = footprint.plain()["public"]
    proxy = next((host.name for host in footprint.hosts if "proxy" in host.groups), "the proxy")
    fix = {
        public.INTERNAL: "`make up` renews it",
        public.FILES: f"write the new chain to {environment.directory / public.CHAIN_FILE} and its key into the vault "
        f"as {public.KEY}, then `make up`",
        public.ACME: f"it was to be renewed by itself: `journalctl -u shoestring-acme` on {proxy} says what failed",
    }[public.kind(stated)]
    amount = f"{left.days} days" if left >= timedelta(days=2) else f"{max(0, int(left.total_seconds() // 3600))} hours"
    return [f"the public certificate ends in {amount}, on {validity.end:%Y-%m-%d %H:%M} UTC; {fix}"]


def _warn_days(environment: Environment) -> float:
    defaults: dict[str, Any] = yaml.safe_load((ROOT / "ansible/roles/proxy/defaults/main.yml").read_text())
    return float((defaults | variables.read(environment.directory))[WARN_DAYS])
