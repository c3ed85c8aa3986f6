"""`deploy`: builds a release here and brings it to the hosts. What must not be skipped is in deploy.yml."""

from __future__ import annotations

from ops import files, lock, playbook, release, secrets, service, serving
from ops.environment import Environment
from ops.steps import Steps


def run(environment: Environment, steps: Steps) -> str:
    """Returns the id of the release that runs then. Raises OperationError; the old release serves on."""
    environment.check()
    builder = release.Builder(service.of(environment))
    with lock.held(environment, "deploy"):
        with steps.step("Secrets"):
            secrets.ensure_vault(environment)
        steps.together(builder.jobs())
        return switch(environment, builder, steps)


def switch(environment: Environment, builder: release.Builder, steps: Steps) -> str:
    """Brings the built release to the hosts."""
    manifest = builder.manifest()
    current = environment.state / "release.json"
    before = current.read_bytes() if current.is_file() else None
    release.record(environment, manifest)
    with steps.step("Deploy") as step:
        try:
            with serving.told(environment):
                playbook.run(environment, "deploy", step)
        except BaseException:
            # A release that was refused is not what plain `ansible-playbook` is to deploy next.
            if before is not None:
                files.write(current, before)
            raise
        step.note(f"release {manifest['id']}")
    return str(manifest["id"])
