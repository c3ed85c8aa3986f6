"""Releases that misbehave in one way each: the default service in a wheel of its own, with a module that does it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from tests.hosts.site import Site

# What it does is a setting, so each is a release of its own.
MODULE = """
import asyncio
import os
import threading
import time

WAY = os.environ.get("TRIAL_WAY", "")
if WAY == "import":
    import nothing_that_is_installed

from predictor.app import app as served
from predictor.model import Model


def _dies():
    own = os.environ["SERVICE_RELEASE"]
    while os.path.basename(os.readlink("/opt/shoestring/current")) != own:
        time.sleep(0.05)
    time.sleep(1)
    os._exit(3)


if WAY == "dies":
    threading.Thread(target=_dies, daemon=True).start()
if WAY == "wrong":
    right = Model.predict
    Model.predict = lambda self, flights: [delay + 60 for delay in right(self, flights)]


async def app(scope, receive, send):
    path = scope.get("path", "")
    if WAY == "never" and path == "/readyz" or path.startswith("/trial/"):
        await asyncio.sleep(float(path.rpartition("/")[2]) if path.startswith("/trial/") else 0)
        status = 503 if WAY == "never" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        return
    if WAY == "slow" and path == "/v1/predictions":
        await asyncio.sleep(0.6)
    await served(scope, receive, send)
"""

# The default service's steps and those of a setting after them, the declared ones as [sql, since].
SCHEMA = """
import json
import os
import sys

from predictor import schema
from predictor.migration import Contraction

more = json.loads(os.environ["TRIAL_STEPS"])
for step in more:
    declared = not isinstance(step, str)
    schema.STEPS += (Contraction(step[0], since=step[1], why="a trial") if declared else step,)
if __name__ == "__main__":
    sys.exit(schema.main(sys.argv[1:]))
"""


class Trial:
    """A service's manifest whose wheel has the module, and how it is deployed."""

    def __init__(self, site: Site, directory: Path) -> None:
        self.site, self.directory = site, directory
        manifest = json.loads((site.environment.state / "release.json").read_text())
        wheel = directory / Path(manifest["service"]["wheel"]).name
        wheel.write_bytes(Path(manifest["service"]["wheel"]).read_bytes())
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr("predictor/trial.py", MODULE)
            archive.writestr("predictor/trial_schema.py", SCHEMA)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        manifest["service"] |= {"wheel": str(wheel), "wheel_sha256": digest}
        self.manifest: dict[str, Any] = {**manifest, "id": f"{manifest['service']['version']}-{digest[:8]}"}

    def deploy(self, way: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """A deploy of the release that misbehaves like `way`; `settings` are the role's."""
        return self.run(self.manifest, {"service_environment": {"TRIAL_WAY": way}, **settings})

    def run(self, manifest: dict[str, Any], settings: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """A deploy of what `manifest` says."""
        file = self.directory / "release.json"
        file.write_text(json.dumps(manifest))
        given = {"service_asgi": "predictor.trial:app", "service_release_manifest": str(file), **settings}
        return self.site.playbook("deploy", "-e", json.dumps(given))
