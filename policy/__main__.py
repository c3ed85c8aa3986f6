"""The guardrails as a policy pack: `pulumi up --policy-pack policy`. A policy for each rule of infra/guardrails/."""

from __future__ import annotations

import sys
from pathlib import Path

# Pulumi runs this file in an environment of its own, in which `infra` is not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pulumi_policy import EnforcementLevel, PolicyPack

from infra.problems import SettingsError
from policy.rules import Pack

try:
    pack = Pack.of_engine()
except SettingsError as error:
    sys.exit(str(error))
PolicyPack(name="shoestring", enforcement_level=EnforcementLevel.MANDATORY, policies=pack.policies())
