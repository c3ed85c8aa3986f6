"""The emulated project: its server, and what has this process ask it for Google Cloud."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from ops import files
from ops.environment import ROOT
from ops.rehearse import account
from ops.rehearse.place import Rehearsed
from rehearsal.gcp.api import Emulated
from rehearsal.gcp.names import Project
from rehearsal.gcp.server import READY
from rehearsal.gcp.tunnel import REGISTRY
from rehearsal.planes.gcs import accounts

CONTROLLER = "controller"
"""The service account that this machine is in the emulated project."""
SERVICES = {"CLOUDRESOURCEMANAGER": "", "COMPUTE": "compute/v1/", "SECRETMANAGER": "", "STS": ""}
"""Whose addresses are the server's, by the names that gcloud has for them, and what stands before their paths."""


def store(environment: Rehearsed) -> Path:
    """The directory of its storage, which has whom it knows."""
    return environment.planes / "gcs"


def project(environment: Rehearsed) -> Emulated:
    """The project, as it is recorded."""
    from ops.cloud.gcp import account as google

    said = google.settings(environment)
    return Emulated(environment.planes, Project(said.project, said.region))


def email(environment: Rehearsed) -> str:
    """The controller's account."""
    return accounts.email(CONTROLLER, project(environment).project.id)


def ensure(environment: Rehearsed) -> Emulated:
    """The project, begun anew if its server does not run. It takes Google's place for this process from now on."""
    here, server = project(environment), account.process(environment)
    if not server.alive:
        url = f"http://127.0.0.1:{(port := account.free_port())}"
        directory = store(environment)
        environment.planes.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in (directory, directory / "tokens"):
            each.mkdir(mode=0o700, exist_ok=True)
        key = accounts.ensure(directory, email(environment), f"{url}/token")
        server.start(
            [
                *(sys.executable, "-m", "rehearsal.gcp.server", str(port)),
                *(environment.planes, directory, here.project.id, here.project.region),
            ],
            {"PYTHONPATH": str(ROOT)},
            lambda: _answers(url),
        )
        account.surround(environment, _surroundings(environment, url, key))
    account.enter(environment)
    _forget()
    return here


def _forget() -> None:
    """Credentials that this process may have had before."""
    from ops.cloud.gcp import account as google

    google._credentials.cache_clear()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}{READY}", timeout=2) as answer:  # noqa: S310 - our own
            return bool(answer.status == 200)
    except OSError:
        return False


def _surroundings(environment: Rehearsed, url: str, key: dict[str, str]) -> dict[str, str]:
    """No login of the person at the keyboard is read, and no machine's own identity is asked for."""
    tunnel = environment.planes / "bin" / "gcloud"
    files.write(tunnel, f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m rehearsal.gcp.tunnel "$@"\n', 0o755)
    mine = environment.planes / "controller.json"
    files.write(mine, json.dumps(key, indent=2), 0o600)
    return {
        **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}": f"{url}/{path}" for service, path in SERVICES.items()},
        "CLOUDSDK_CONFIG": str(environment.planes / "gcloud"),
        "GOOGLE_APPLICATION_CREDENTIALS": str(mine),
        "GOOGLE_CLOUD_PROJECT": key["project_id"],
        "NO_GCE_CHECK": "true",
        REGISTRY: str(environment.planes / "registry.json"),
    }
