"""What must hold between the fields of a Footprint, one rule a function.

The rules read the document as the file has it, however broken the rest is, so one check names everything.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra import wiring
from infra.addresses import GROUPS
from infra.problems import Problem
from infra.seen import Document, Seen, View, mapping, text, texts

SINGLE = ("database", "bucket", "tracking", "orchestrator", "telemetry", "proxy")
RESERVED = (*GROUPS, "all", "ungrouped", "localhost")
RISK = "backups-on-database-host"


def broken(document: Document) -> Iterator[Problem]:
    """Every contradiction in a document of JSON types."""
    view = View.of(document)
    for rule in RULES:
        yield from rule(view)


def _no_host_is_called_like_a_group(view: View) -> Iterator[Problem]:
    for host in view.hosts:
        if host.name in RESERVED:
            found = f"{host.name}, which Ansible or a group is called"
            yield Problem(f"{host.path}.name", found, "a name of its own", f"write for example {host.name}1")


def _no_two_hosts_are_alike(view: View) -> Iterator[Problem]:
    holders: dict[tuple[str, str], tuple[Seen, str]] = {}
    for host in view.hosts:
        for field, kind, value in _claims(host):
            holder, place = holders.setdefault((kind, value), (host, f"{host.path}.{field}"))
            if value and holder is not host:
                found = f"{value[:60]}, the same as {place}"
                fix = f"correct this one or {place}"
                if kind == "host key":
                    fix += "; cloned machines need `rm /etc/ssh/ssh_host_* && ssh-keygen -A`"
                yield Problem(f"{host.path}.{field}", found, f"a {kind} that no other host has", fix)


def _claims(host: Seen) -> Iterator[tuple[str, str, str]]:
    yield "name", "name", host.name
    yield "address", "address", host.address
    yield "public_address", "address", host.public_address
    if host.direct and "address" in host.ssh:
        yield "ssh.address", "SSH endpoint", f"{host.ssh['address']} port {host.ssh.get('port', 22)}"
    for index, key in enumerate(texts(host.ssh.get("host_keys"))):
        yield f"ssh.host_keys[{index}]", "host key", " ".join(key.split()[:2]) if "<" not in key else ""


def _one_host_for_what_holds_state(view: View) -> Iterator[Problem]:
    for group in SINGLE:
        members = [host for host in view.hosts if group in host.groups]
        if len(members) > 1:
            found = f"{group} on {', '.join(host.name or host.path for host in members)}"
            fix = f"take {group} out of the groups of all of them but one"
            yield Problem(f"{members[1].path}.groups", found, f"at most one host in {group}", fix)


def _stores(view: View) -> Iterator[tuple[str, str, str]]:
    yield "database", "database", text(mapping(view.document.get("database")).get("kind"))
    for name in ("artifacts", "backups"):
        yield (
            f"buckets.{name}",
            "bucket",
            text(mapping(mapping(view.document.get("buckets")).get(name)).get("kind")),
        )


def _kind_host_has_its_host(view: View) -> Iterator[Problem]:
    stores = list(_stores(view))
    for path, group, kind in stores:
        if kind == "host" and not any(group in host.groups for host in view.hosts):
            fix = f"add {group} to the groups of one host, or describe what a cloud runs instead"
            yield Problem(f"{path}.kind", f"host, but no host is in group {group}", f"one host in {group}", fix)
    for group in ("database", "bucket"):
        kinds = {kind for _, own, kind in stores if own == group}
        for host in view.hosts:
            if group in host.groups and kinds and "host" not in kinds and "" not in kinds:
                found, fix = (
                    f"{group}, but a cloud runs it ({', '.join(sorted(kinds))})",
                    f"take {group} out of its groups, or write `kind: host`",
                )
                yield Problem(f"{host.path}.groups", found, f"no host in {group}, or `kind: host`", fix)


def _the_door_leads_somewhere(view: View) -> Iterator[Problem]:
    doors = [host for host in view.hosts if "proxy" in host.groups]
    if doors and not any("service" in host.groups for host in view.hosts):
        fix = "add service to the groups of one host, or take proxy out"
        yield Problem(f"{doors[0].path}.groups", "proxy, but no host is in service", "a host in service behind it", fix)


def _backups_stand_elsewhere(view: View) -> Iterator[Problem]:
    kinds = {path: kind for path, _, kind in _stores(view)}
    if kinds["database"] == kinds["buckets.backups"] == "host" and RISK not in texts(view.document.get("accept")):
        for host in view.hosts:
            if {"database", "bucket"} <= set(host.groups):
                found = f"host, which is {host.name}, the database's own: if it is lost, so are the backups"
                fix = f"move group bucket to another host, use kind s3 or gcs, or write `accept: [{RISK}]`"
                yield Problem("buckets.backups.kind", found, "backups on another machine", fix)


def _buckets_do_not_overlap(view: View) -> Iterator[Problem]:
    buckets = mapping(view.document.get("buckets"))
    artifacts, backups = mapping(buckets.get("artifacts")), mapping(buckets.get("backups"))
    same = all(artifacts.get(key) == backups.get(key) for key in ("kind", "name", "endpoint"))
    one, other = (f"{text(bucket.get('prefix'))}/".lstrip("/") for bucket in (artifacts, backups))
    if same and text(artifacts.get("name")) and (one.startswith(other) or other.startswith(one)):
        found = f"{backups['name']}/{other}, which overlaps with artifacts"
        yield Problem("buckets.backups", found, "a place of its own", "give each a bucket, or a prefix, of its own")


def _volumes_are_used_once(view: View) -> Iterator[Problem]:
    for host in view.hosts:
        for index, volume in enumerate(host.volumes):
            for key, what in (("purpose", "volume for each purpose"), ("device", "purpose for each device")):
                if volume.get(key) and volume[key] in [other.get(key) for other in host.volumes[:index]]:
                    path, found = f"{host.path}.volumes[{index}].{key}", f"{volume[key]} a second time"
                    yield Problem(path, found, f"one {what}", "correct one of the two, or delete it")
            purpose = text(volume.get("purpose"))
            if purpose in ("database", "bucket") and purpose not in host.groups:
                path, found = (
                    f"{host.path}.volumes[{index}].purpose",
                    f"{purpose}, but the host is not in that group",
                )
                yield Problem(path, found, "a group of this host", f"add {purpose} to its groups, or delete the volume")


def _programs_sign_with_a_time(view: View) -> Iterator[Problem]:
    if view.document.get("producer") == "pulumi" and view.document.get("generated_at") is None:
        fix = "run `make footprint` again, or write `producer: hand`"
        yield Problem("generated_at", "nothing", "the time at which Pulumi's outputs were read", fix)


RULES = (
    _no_host_is_called_like_a_group,
    _no_two_hosts_are_alike,
    _one_host_for_what_holds_state,
    _kind_host_has_its_host,
    _the_door_leads_somewhere,
    _backups_stand_elsewhere,
    _buckets_do_not_overlap,
    _volumes_are_used_once,
    _programs_sign_with_a_time,
    *wiring.RULES,
)
