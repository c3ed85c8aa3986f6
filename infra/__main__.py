"""What exists: the Pulumi program. Checks the stack's settings, lets their cloud make it, exports the Footprint."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from infra import exposure, login
from infra.settings import Settings

STACK = pulumi.get_stack()
settings = Settings.of(STACK, {**get_config_env(), **CONFIG.get()}, Path("stacks", f"Pulumi.{STACK}.yaml"))
# One cloud's SDK takes a second to import: the other one's is left alone.
cloud = import_module(f"infra.{settings.cloud}.environment")
made = cloud.Environment(STACK, cloud.EnvironmentArgs(settings, exposure.load(), login.public_key(STACK)))
pulumi.export("footprint", made.footprint)
pulumi.export("records", made.records)
