"""`deploy`: builds a release here and brings it to the hosts. What must not be skipped is in deploy.yml."""

from __future__ import annotations

from ops import lock, playbook, release, secrets
from ops.environment import Environment
from ops.steps import Steps


def run(environment: Environment, steps: Steps) -> str:
    """Returns the id of the release that runs then. Raises OperationError; the old release serves on."""
    environment.check()
    with lock.held(environment, "deploy"):
        with steps.step("Secrets"):
            secrets.ensure_vault(environment)
        builder = release.Builder()
        steps.together(builder.jobs())
        return switch(environment, builder, steps)


def switch(environment: Environment, builder: release.Builder, steps: Steps) -> str:
    """Brings the built release to the hosts."""
    manifest = builder.manifest()
    release.record(environment, manifest)
    with steps.step("Deploy") as step:
        playbook.run(environment, "deploy", step)
        step.note(f"release {manifest['id']}")
    return str(manifest["id"])
