"""`deploy`: builds a release here, or takes an earlier one, and brings it to the hosts.

What must not be skipped is in deploy.yml.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ops import consent, files, lock, playbook, secrets, serving
from ops.build import chosen, release
from ops.environment import Environment
from ops.steps import Steps


def run(
    environment: Environment, steps: Callable[[], Steps], version: str = "", model: str = "", *, given: bool = False
) -> str:
    """Returns the id of the release that runs then. Raises OperationError; the old release serves on.

    `steps` makes a list of steps: one before production is asked about, one after; `given` is its yes.
    `version`: a release that was built before; `model`: another model than today's training makes (see `chosen`).
    """
    environment.check()
    parts = chosen.parts(environment, version.strip(), model.strip(), steps().warn)
    words = "".join(f" {name}={word}" for name, word in (("VERSION", version), ("MODEL", model)) if word)
    with lock.held(environment, "deploy"):
        with steps() as before:
            with before.step("Secrets"):
                secrets.ensure_vault(environment)
            before.together(parts.jobs())
        consent.production(environment, f"deploy{words}", given, lambda: _change(environment, parts.manifest()))
        with steps() as after:
            return switch(environment, parts, after)


def _change(environment: Environment, manifest: dict[str, Any]) -> str:
    model = manifest["model"]
    has = f"with the model {model['name']}/{model['version']}" if model else "without a model"
    return f"{serving.now(environment)}\nNow all are to serve {manifest['id']}, {has}."


def switch(environment: Environment, parts: release.Parts, steps: Steps) -> str:
    """Brings the release of these parts to the hosts; their jobs are done."""
    manifest = parts.manifest()
    current = environment.state / "release.json"
    before = current.read_bytes() if current.is_file() else None
    release.record(environment, manifest)
    with steps.step("Deploy") as step:
        try:
            with serving.told(environment):
                serving.warn(playbook.run(environment, "deploy", step), steps)
        except BaseException:
            # A release that was refused is not what plain `ansible-playbook` is to deploy next.
            if before is not None:
                files.write(current, before)
            raise
        step.note(f"release {manifest['id']}")
    return str(manifest["id"])
