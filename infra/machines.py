"""What the name of a machine type says: its architecture, and how many GPUs or other accelerators it has.

EC2 has dots in its names and Google hyphens: t3a.small, e2-small.

Counts are those of DescribeInstanceTypes as moto 5.2.5 recorded it (GpuInfo, InferenceAcceleratorInfo, NeuronInfo); a
test compares the two. A fraction of a GPU counts as one.
"""

from __future__ import annotations

import re

ARM64 = re.compile(r"a1|[a-z]+\d+[a-z]*g[a-z]*")  # t4g, m7gd, g5g; not g4dn
ACCELERATED = re.compile(r"(?:dl|f|g|gr|inf|p|trn|vt)\d.*")

_G5 = {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8}
_G7 = {"12xlarge": 2, "24xlarge": 4, "48xlarge": 8}
_P5 = {"48xlarge": 8}
# Sizes that are not named have one.
ACCELERATORS: dict[str, dict[str, int]] = {
    "dl2q": {"24xlarge": 8},
    "g4dn": {"12xlarge": 4, "metal": 8},
    "g5": _G5,
    "g5g": {"16xlarge": 2, "metal": 2},
    "g6": _G5,
    "g6e": _G5,
    "g6f": {},
    "g7": _G7,
    "g7e": _G7,
    "gr6": {},
    "gr6f": {},
    "inf1": {"6xlarge": 4, "24xlarge": 16},
    "inf2": {"24xlarge": 6, "48xlarge": 12},
    "p3dn": {"24xlarge": 8},
    "p4d": {"24xlarge": 8},
    "p4de": {"24xlarge": 8},
    "p5": _P5,
    "p5e": _P5,
    "p5en": _P5,
    "p6-b200": _P5,
    "p6-b300": _P5,
    "trn1": {"32xlarge": 16},
    "trn1n": {"32xlarge": 16},
    "trn2": {"48xlarge": 16},
}


GCP_ARM64 = re.compile(r"(t2a|c4a|n4a|a4x)-.*")
GCP_ACCELERATED = re.compile(r"(a|ct|g|h4d-gpu)\d.*")  # a2-highgpu-1g, g2-standard-4, ct5lp-hightpu-1t


def arm64(machine: str) -> bool:
    """Whether the machine runs no amd64 image."""
    if "." not in machine:
        return GCP_ARM64.fullmatch(machine) is not None
    return ARM64.fullmatch(machine.partition(".")[0]) is not None


def accelerators(machine: str) -> int | None:
    """How many GPUs or accelerators the machine has; None for a family of such that is not in the table."""
    if "." not in machine:
        return None if GCP_ACCELERATED.fullmatch(machine) else 0
    family, _, size = machine.partition(".")
    if family in ACCELERATORS:
        return ACCELERATORS[family].get(size, 1)
    return None if ACCELERATED.fullmatch(family) else 0
