"""A real S3 gateway of a test's own, on TLS: it judges each signature, and keeps the digest of what it stored."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.environment import cache_directory
from ops.gateway import gateway_binary
from rehearsal.planes.authority import Authority

KEY = {"access": "deployer-0123abcd", "secret": "c4n4rySecretOfTheBucket"}


@dataclass(frozen=True)
class Bucket:
    """`said`: as a Footprint has it. `directory`: where its objects are, as files. `authority`: its CA, a file."""

    said: dict[str, Any]
    directory: Path
    authority: Path


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """Started once a session; see `bucket`."""
    root = tmp_path_factory.mktemp("gateway")
    authority = Authority.of(root / "authority", "a test's")
    for name, text in zip(("cert.pem", "key.pem"), authority.leaf("127.0.0.1"), strict=True):
        (root / name).write_text(text)
    (root / "objects").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(gateway_binary(cache_directory())), "--port", f"127.0.0.1:{port}", "--region", "eu-central-1"]
    command += ["--cert", str(root / "cert.pem"), "--key", str(root / "key.pem"), "posix", str(root / "objects")]
    secrets = {"ROOT_ACCESS_KEY": KEY["access"], "ROOT_SECRET_KEY": KEY["secret"]}
    process = subprocess.Popen(command, env=secrets, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while socket.socket().connect_ex(("127.0.0.1", port)):
        assert process.poll() is None, "the gateway does not start"
        assert time.monotonic() < end, "the gateway does not listen"
        time.sleep(0.05)
    where = {"endpoint": f"https://127.0.0.1:{port}", "region": "eu-central-1", "path_style": True}
    said = {"kind": "s3", "name": "", "prefix": None, "ca_pem": authority.ca, "credentials": "vault:vault_key", **where}
    yield Bucket(said, root / "objects", root / "authority/authority.pem")
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture
def bucket(gateway: Bucket, tmp_path: Path) -> Bucket:
    """An empty bucket of the test's own."""
    name = f"acme-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    (gateway.directory / name).mkdir()
    return Bucket({**gateway.said, "name": name}, gateway.directory / name, gateway.authority)
