"""The stand-in for gcloud: to the address that the project has, by the one command that ssh gives."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from infra.hosts import IAP
from ops.environment import ROOT
from rehearsal.gcp import tunnel
from tests.rehearsal.gcp import projects

LOCAL = "http://127.0.0.1:9/compute/v1/"


def gcloud(*words: str, endpoint: str = LOCAL, registry: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """One call, with what ssh would send."""
    where = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": endpoint, tunnel.REGISTRY: str(registry or "/nonexistent")}
    # Only a rehearsal's bridge has the address that the connection comes from.
    program = "from rehearsal.gcp import tunnel; tunnel.SOURCE = ''; tunnel.main()"
    argv = [sys.executable, "-c", program, *words]
    return subprocess.run(
        argv, cwd=ROOT, env=os.environ | where, input=b"SSH-2.0-x\r\n", capture_output=True, check=False
    )


def words(stack: str, port: str = "22") -> list[str]:
    """As the inventory has it in ProxyCommand."""
    _, made = projects.standing(stack)
    way = made.outputs["footprint"]["hosts"][0]["ssh"]["via"]["tunnel"]
    where = ["--project", way["project"], "--zone", way["zone"]]
    return ["compute", "start-iap-tunnel", way["target"], port, "--listen-on-stdin", *where, "--verbosity=warning"]


def test_the_address_is_the_project_s() -> None:
    here, made = projects.standing("gcp-dev")
    (host,) = made.outputs["footprint"]["hosts"]
    way = host["ssh"]["via"]["tunnel"]
    registry = here.directory / "registry.json"
    assert tunnel.address(registry, way["project"], way["zone"], way["target"]) == host["address"]
    for project, zone, name in (
        ("other-project", way["zone"], way["target"]),
        (way["project"], "us-central1-f", way["target"]),
        (way["project"], way["zone"], "nobody"),
    ):
        with pytest.raises(SystemExit, match="is not in the emulated project"):
            tunnel.address(registry, project, zone, name)


def test_bytes_go_both_ways(tmp_path: Path) -> None:
    here, _ = projects.standing("gcp-dev")
    text = (here.directory / "registry.json").read_text()
    (tmp_path / "registry.json").write_text(text.replace("10.20.0.2", "127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo() -> None:
            end, _ = server.accept()
            with end:
                end.sendall(b"heard " + end.recv(100))

        threading.Thread(target=echo, daemon=True).start()
        said = gcloud(*words("gcp-dev", str(server.getsockname()[1])), registry=tmp_path / "registry.json")
    assert said.returncode == 0, said.stderr
    assert said.stdout == b"heard SSH-2.0-x\r\n"


@pytest.mark.parametrize("endpoint", ["", "https://compute.googleapis.com/compute/v1/"])
def test_it_is_nothing_for_the_real_cloud(endpoint: str) -> None:
    here, _ = projects.standing("gcp-dev")
    said = gcloud(*words("gcp-dev"), endpoint=endpoint, registry=here.directory / "registry.json")
    assert said.returncode != 0
    assert b"which is no rehearsal's project" in said.stderr


def test_it_comes_from_where_google_s_proxy_does() -> None:
    assert ipaddress.ip_address(tunnel.SOURCE) in ipaddress.ip_network(IAP)


def test_any_other_command_is_refused() -> None:
    assert gcloud("compute", "instances", "delete", "x").returncode == 2
    assert gcloud("auth", "print-access-token").returncode == 2
