"""Stands in for gcloud where a rehearsal needs it: `gcloud compute start-iap-tunnel`, without Google's proxy.

Its connection comes from an address of Google's proxy, which this machine has on the bridge: no other is let in. It
imports nothing but the standard library and rehearsal/tunnel.py: each connection of ssh waits for it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.parse
from pathlib import Path

from rehearsal.tunnel import carry, connected

SOURCE = "35.235.240.1"
"""Of infra.hosts.IAP, the first."""
REGISTRY = "SHOESTRING_REHEARSAL"
"""The variable that says where the project is recorded."""


def address(registry: Path, project: str, zone: str, instance: str) -> str:
    """The private address of an instance, as it is recorded. Raises SystemExit if it is not there."""
    entries = json.loads(registry.read_text()) if registry.is_file() else []
    path = f"projects/{project}/zones/{zone}/instances/{instance}"
    for entry in entries:
        if entry["id"] == path:
            return str(entry["outputs"]["networkInterfaces"][0]["networkIp"])
    raise SystemExit(f"{path} is not in the emulated project")


def main() -> None:
    """The one command of gcloud that is understood, and its version; any other ends in argparse's error."""
    if sys.argv[1:] == ["version", "--format=json"]:
        sys.stdout.write('{"Google Cloud SDK": "0.0.0-rehearsal"}\n')
        return
    parser = argparse.ArgumentParser(prog="gcloud")
    parser.add_argument("group", choices=["compute"])
    parser.add_argument("command", choices=["start-iap-tunnel"])
    parser.add_argument("instance")
    parser.add_argument("port", type=int)
    parser.add_argument("--listen-on-stdin", required=True, action="store_true")
    parser.add_argument("--project", required=True)
    parser.add_argument("--zone", required=True)
    parser.add_argument("--verbosity")
    said = parser.parse_args()
    endpoint = os.environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", "")
    if urllib.parse.urlsplit(endpoint).hostname != "127.0.0.1":
        raise SystemExit(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE is {endpoint!r}, which is no rehearsal's project")
    there = address(Path(os.environ.get(REGISTRY, "")), said.project, said.zone, said.instance)
    carry(connected(there, said.port, SOURCE))


if __name__ == "__main__":
    main()
