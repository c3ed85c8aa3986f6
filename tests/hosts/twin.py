"""A server that somebody owns, with the groups and the buckets of a rehearsed host; and what is in a host's /etc."""

from __future__ import annotations

import base64
import difflib
import io
import json
import re
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from infra import unpacked
from infra.hosts import IAP
from ops import ssh_key, vault
from ops.environment import ROOT, Environment
from ops.rehearse import completed
from tests.hosts.cloud import Cloud
from tests.hosts.site import Site

NAME = "test-twin"
ADDRESS, RANGES = "10.78.66.11", ["10.78.66.0/24", "fd78:5705:66::/64"]
ADMIN = "10.78.66.1/32"  # this machine, on the twin's bridge
# What the image, a package or the machine itself makes, and what the CA signs that each environment has for itself.
OF_THE_MACHINE = re.compile(
    r"machine-id|ld\.so\.cache|ssh/ssh_host_.*|systemd/network/10-host0\.network|ssl/(certs|private)/ssl-cert-snakeoil.*"
    r"|shoestring/tls/(ca|host)\.(pem|key)"
)
# In texts and names: fingerprints of certificates, and the digest of a release's settings, in which addresses are.
DIGESTS = (
    re.compile(r"(?<=# certificate )([0-9a-f]{2}:){31}[0-9a-f]{2}"),
    re.compile(r"(?<=# CA )[0-9a-f]{64}"),
    re.compile(r"(?<=-)[0-9a-f]{6}(?=\.service)"),
)
DEVICE = "/dev/disk/by-id/shoestring-database"


@dataclass(frozen=True)
class Entry:
    """A file, directory or link below /etc. `content`: of a link, where it leads; '' of a directory."""

    kind: bytes
    mode: int
    owner: str
    content: str


def etc(site: Site, host: str) -> dict[str, Entry]:
    """Path below /etc -> what is there."""
    done = site.ssh(host, "tar -C /etc -c --one-file-system . | base64")
    assert done.returncode == 0, done.stderr
    found = {}
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(done.stdout))) as archive:
        for one in archive:
            file = archive.extractfile(one) if one.isfile() else None
            content = file.read().decode(errors="surrogateescape") if file else one.linkname
            found[one.name.removeprefix("./")] = Entry(one.type, one.mode, f"{one.uname}:{one.gname}", content)
    assert len(found) > 500, "the archive holds next to nothing"
    return found


def hidden(site: Site, host: str) -> dict[str, Entry]:
    """The same, less what is the machine's, and with its name in place of each value that is the environment's own."""

    def hide(text: str) -> str:
        for name, value in values:
            text = text.replace(value, f"<{name}>")
        for digest in DIGESTS:
            text = digest.sub("<digest>", text)
        return text

    values = _own(site)
    tree = etc(site, host)
    kept = {path: one for path, one in tree.items() if not OF_THE_MACHINE.fullmatch(path)}
    return {hide(path): replace(one, content=hide(one.content)) for path, one in kept.items()}


def differences(here: dict[str, Entry], there: dict[str, Entry]) -> dict[str, str]:
    """Path -> what differs in it, as a text. Raises AssertionError if it compares next to nothing."""
    for each in ("nftables.conf", "pgbackrest.conf", "nginx/nginx.conf", "postgresql/17/main/postgresql.conf"):
        assert "ansible" in here[each].content.casefold(), "it compares what the roles wrote"
    said = {path: _difference(path, here.get(path), there.get(path)) for path in sorted({*here, *there})}
    return {path: text for path, text in said.items() if text}


def _difference(path: str, ours: Entry | None, theirs: Entry | None) -> str:
    if ours == theirs:
        return ""
    if ours is None or theirs is None:
        return f"{path} is on one of the two only\n"
    head = [f"{one.kind!r} {one.mode:o} {one.owner}\n" for one in (ours, theirs)]
    text = [one.content.splitlines(keepends=True) for one in (ours, theirs)]
    return "".join(difflib.unified_diff([head[0], *text[0]], [head[1], *text[1]], path, path, n=0))


def lines(difference: str) -> list[str]:
    """The lines of a text of `differences` that only one of the two has."""
    _, _, changed = difference.partition("\n@@")
    found = [line[1:] for line in changed.splitlines() if line[:1] in ("+", "-")]
    return found or difference.splitlines()


def _own(site: Site) -> list[tuple[str, str]]:
    """What may differ, by name: of the Footprint, and of the vault. A value comes before those that are part of it."""
    said = site.footprint()
    (host,) = said["hosts"]
    kept = vault.read(site.environment.vault, vault.key())
    device = host["volumes"][0]["device"].rpartition("/")[2]
    key = kept[completed.VARIABLE]  # of the bucket: both have that of the rehearsal
    backups = said["buckets"]["backups"]["prefix"] or said["environment"]
    return [
        *([("account", json.loads(key)["client_email"])] if isinstance(key, str) else []),
        *((f"{purpose} bucket", bucket["name"]) for purpose, bucket in said["buckets"].items()),
        ("backups", f"repo1-path=/{backups}"),
        ("environment", said["environment"]),
        *(("ssh from", ranges) for ranges in _ssh_from(said)),
        *((f"network {number}", ranges) for number, ranges in enumerate(said["network"]["private_cidrs"])),
        ("address", host["address"]),
        ("device", device),
        ("device", device.replace("-", "\\x2d")),  # as systemd has it in a unit's name
        ("password", kept["vault_database_service_password"]),
        ("passphrase", kept["vault_backup_passphrase"]),
        ("api key", kept["vault_api_keys"]["default"]),
    ]


def _by_iap(said: dict[str, Any]) -> bool:
    """Whether SSH comes from Google's proxy."""
    via = said["hosts"][0]["ssh"]["via"]
    return isinstance(via, dict) and via.get("tunnel", {}).get("kind") == "gcp-iap"


def _ssh_from(said: dict[str, Any]) -> list[str]:
    """What sshd is open to, where that is no network of the environment's own."""
    if _by_iap(said):
        return [IAP]
    return [ADMIN] if said["network"]["admin_cidrs"] == [ADMIN] else []


@contextmanager
def standing(cloud: Cloud, host: dict[str, Any], directory: Path) -> Iterator[Site]:
    """A bare host on a network of its own, brought up by a Footprint that a person wrote; gone after the block."""
    site = Site(directory / NAME)
    site.directory.mkdir()
    (site.directory / "footprint.yml").write_text("")
    state = Environment.resolve(str(site.directory)).make_state()
    unpacked.unpack({unpacked.VARIABLE: ssh_key.new()}, state)
    _hosts("destroy")
    try:
        rehearsal = directory / "hosts.yml"
        rehearsal.write_text(yaml.safe_dump(_rehearsal(host)))
        made = json.loads(_hosts("create", rehearsal, "--authorized-key", state / "id_ed25519.pub"))
        document = _footprint(cloud, host, made["hosts"][0]["host_keys"])
        (site.directory / "footprint.yml").write_text(yaml.safe_dump(document))
        site.verb("secrets")
        _hand_over(cloud, site)
        # The artifacts bucket is asked with what credentials the controller has, as in the cloud.
        known = ("AWS_", "CLOUDSDK_", "GOOGLE_")
        asked = {name: value for name, value in cloud.surroundings.items() if name.startswith(known)}
        done = site.verb("up", **asked)
        assert done.returncode == 0, done.stdout
        yield site
    finally:
        _hosts("destroy")


def _hosts(*words: str | Path) -> str:
    argv = [sys.executable, "-m", "rehearsal.hosts", *words, "--environment", NAME]
    return subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=300).stdout


def _rehearsal(host: dict[str, Any]) -> dict[str, Any]:
    disks = [{"purpose": volume["purpose"], "size": "2G"} for volume in host["volumes"]]
    one = {"name": host["name"], "address": ADDRESS, "groups": host["groups"], "volumes": disks}
    return {"bridge": "shoetest66", "subnet4": RANGES[0], "subnet6": RANGES[1], "hosts": [one]}


def _footprint(cloud: Cloud, host: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    """The rehearsed environment's, with this host in the place of that one."""
    said = cloud.footprint()
    ssh = {"address": ADDRESS, "user": "deploy", "host_keys": keys, "via": "direct"}
    volumes = [{"purpose": volume["purpose"], "device": DEVICE} for volume in host["volumes"]]
    mine = {"name": host["name"], "groups": host["groups"], "address": ADDRESS, "ssh": ssh, "volumes": volumes}
    # The tunnel's end is anywhere in the cloud's network, so SSH comes from there; here from the administrators'.
    ranges = RANGES[: len(said["network"]["private_cidrs"])]  # Google's network has one of IPv4 alone
    network = {**said["network"], "private_cidrs": ranges, "admin_cidrs": [ADMIN] if _by_iap(said) else ranges}
    # Its own place in the bucket, and one that no earlier twin has written to: their passphrases are gone.
    backups = {**said["buckets"]["backups"], "prefix": f"twin-{secrets.token_hex(4)}"}
    said["buckets"] = {**said["buckets"], "backups": backups}
    changed = {"environment": NAME, "producer": "hand", "hosts": [mine], "network": network}
    return {**said, **changed, "generated_at": None, "public": {"names": [ADDRESS]}}


def _hand_over(cloud: Cloud, site: Site) -> None:
    """The key of the backups bucket."""
    key = vault.key()
    theirs = vault.read(cloud.environment.vault, key)
    ours = vault.read(site.environment.vault, key)
    vault.write(site.environment.vault, {**ours, completed.VARIABLE: theirs[completed.VARIABLE]}, key)
