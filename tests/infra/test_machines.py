"""What names of machine types say is what the emulator's record of DescribeInstanceTypes says of all of them."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPES

from infra import machines
from infra.sizes import AWS

FRACTIONS = {"g6f", "gr6f"}  # of a GPU, recorded as none
UNCOUNTED = {"f2", "vt1", "trn2u"}  # no GPU in the record, or none of these: refused until somebody counts them


def counted(described: dict[str, Any]) -> int:
    gpus = sum(one["Count"] for one in described.get("GpuInfo", {}).get("Gpus", []))
    inference = sum(one["Count"] for one in described.get("InferenceAcceleratorInfo", {}).get("Accelerators", []))
    neuron = sum(one["Count"] for one in described.get("NeuronInfo", {}).get("NeuronDevices", []))
    return int(gpus or inference or neuron)


def test_gpus_and_accelerators_are_counted_like_the_vendor_does() -> None:
    """A wrong count would let an expensive machine pass under `limits.gpus`."""
    assert len(INSTANCE_TYPES) > 1000, "a record that is empty would prove nothing"
    for name, described in INSTANCE_TYPES.items():
        family = name.partition(".")[0]
        expected = None if family in UNCOUNTED else 1 if family in FRACTIONS else counted(described)
        assert machines.accelerators(name) == expected, name


def test_arm64_is_told_by_the_name() -> None:
    """The image is amd64: on such a machine it would never boot."""
    for name, described in INSTANCE_TYPES.items():
        arm64 = "arm64" in described["ProcessorInfo"]["SupportedArchitectures"]
        assert machines.arm64(name) == arm64, name


@pytest.mark.parametrize("machine", ["p9.48xlarge", "g12.xlarge", "trn9.2xlarge", "inf9.xlarge"])
def test_a_family_that_is_not_known_is_not_called_free_of_gpus(machine: str) -> None:
    assert machines.accelerators(machine) is None


def test_the_sizes_have_machines_that_run_the_image_and_hold_no_gpu() -> None:
    for size in AWS.values():
        assert not machines.arm64(size.machine)
        assert machines.accelerators(size.machine) == 0
