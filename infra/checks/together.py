"""What must hold between settings, or between a setting and the Footprint: one rule a function.

A rule sees the variables as one host gets them, the roles' defaults included. What is a template, or is malformed
(which is said elsewhere), is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.checks.kinds import octets
from infra.checks.values import templated
from infra.footprint import Footprint
from infra.problems import Problem
from infra.seen import entries, mapping, text


@dataclass(frozen=True)
class Site:
    """One host's view: `values` with defaults, `origin` the file of those that were set, ports by group."""

    footprint: Footprint
    ports: dict[str, int]
    groups: tuple[str, ...]
    values: dict[str, Any]

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def size(self, name: str) -> int | None:
        """In bytes."""
        try:
            return octets(text(self.values.get(name)))
        except ValueError:
            return None


def _the_service_can_log_in_to_its_database(site: Site) -> Iterator[Problem]:
    if "service" not in site.groups or site.values.get("service_uses_database") is not True:
        return
    services = site.values.get("database_services")
    names = [text(mapping(one).get("name")) for one in entries(services)]
    if names and "service" not in names:
        found = f"{', '.join(names)}, but the service logs in as `service`"
        fix = (
            'add {name: service, password: "{{ vault_database_service_password }}"}, or `service_uses_database: false`'
        )
        yield Problem("database_services", found, "an entry named service", fix)


def _buckets_belong_to_accounts(site: Site) -> Iterator[Problem]:
    accounts, buckets = site.values.get("bucket_accounts"), site.values.get("bucket_buckets")
    if templated(accounts):
        return
    known = ", ".join(mapping(accounts)) or "none"
    for name, bucket in mapping(buckets).items():
        places = [("owner", mapping(bucket).get("owner"))]
        places += [(f"readers[{index}]", who) for index, who in enumerate(entries(mapping(bucket).get("readers")))]
        for place, who in places:
            if isinstance(bucket, dict) and not templated(who) and who not in mapping(accounts):
                fix = "write one of those, or add the account to bucket_accounts with keys from the vault"
                yield Problem(
                    f"bucket_buckets.{name}.{place}", str(who), f"an account of bucket_accounts: {known}", fix
                )


def _the_gateway_listens_where_the_firewall_is_open(site: Site) -> Iterator[Problem]:
    port, opened = site.number("bucket_port"), site.ports.get("bucket")
    if port is not None and opened is not None and port != opened:
        fix = "delete the line, or change the port in stacks/exposure.yml, from which the default is taken"
        yield Problem("bucket_port", str(port), f"{opened}, which stacks/exposure.yml opens", fix)


def _the_bucket_lies_on_its_volume(site: Site) -> Iterator[Problem]:
    mount, place = mapping(site.values.get("host_mount_points")).get("bucket"), site.values.get("bucket_directory")
    if mount and place and not templated(mount) and not templated(place) and mount != place:
        fix = f"write `bucket_directory: {mount}`, or the other way round"
        yield Problem("bucket_directory", str(place), f"{mount}, as host_mount_points.bucket says", fix)


def _leaves_live_longer_than_their_renewal(site: Site) -> Iterator[Problem]:
    renew, valid = site.number("certificates_renew_days"), site.number("certificates_validity_days")
    if renew is not None and valid is not None and renew >= valid:
        fix = f"lower certificates_renew_days below {valid}, or every run would renew every certificate"
        yield Problem("certificates_renew_days", str(renew), f"fewer than certificates_validity_days ({valid})", fix)


def _the_service_takes_what_the_door_lets_in(site: Site) -> Iterator[Problem]:
    outer, inner = site.size("proxy_body_max"), site.size("service_body_max")
    if outer is not None and inner is not None and outer > inner:
        value = site.values["proxy_body_max"]
        found = f"{value}, more than service_body_max ({site.values['service_body_max']})"
        fix = f"write `service_body_max: {value}` too, or lower proxy_body_max"
        yield Problem("proxy_body_max", found, "at most service_body_max", fix)


def _a_path_is_public_or_hidden(site: Site) -> Iterator[Problem]:
    hidden = entries(site.values.get("proxy_hidden_paths"))
    for index, path in enumerate(entries(site.values.get("proxy_public_paths"))):
        if path in hidden:
            fix = "take it out of one of the two"
            yield Problem(
                f"proxy_public_paths[{index}]", f"{path}, which proxy_hidden_paths hides", "each path once", fix
            )


def _admins_are_not_the_controllers_user(site: Site) -> Iterator[Problem]:
    users = {host.ssh.user for host in site.footprint.hosts}
    for index, admin in enumerate(entries(site.values.get("host_admins"))):
        if (name := text(mapping(admin).get("name"))) in users:
            found = f"{name}, as whom Ansible logs in: its keys would be replaced, and the host shut"
            fix = "give the person a login of its own, or another ssh.user in the Footprint"
            yield Problem(f"host_admins[{index}].name", found, "a login of the person's own", fix)


RULES: tuple[Callable[[Site], Iterator[Problem]], ...] = (
    _the_service_can_log_in_to_its_database,
    _buckets_belong_to_accounts,
    _the_gateway_listens_where_the_firewall_is_open,
    _the_bucket_lies_on_its_volume,
    _leaves_live_longer_than_their_renewal,
    _the_service_takes_what_the_door_lets_in,
    _a_path_is_public_or_hidden,
    _admins_are_not_the_controllers_user,
)


def broken(site: Site, origin: dict[str, Path], otherwise: Path) -> Iterator[tuple[Path, Problem]]:
    """Every contradiction on one host, each with the file that set the variable, or the one to set it in."""
    for rule in RULES:
        for problem in rule(site):
            name = re.split(r"[.\[]", problem.path, maxsplit=1)[0]
            yield origin.get(name, otherwise), problem
