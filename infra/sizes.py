"""What a size means, in one table: an environment says `size: small`, and no stack file repeats these numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

SizeName = Literal["small", "medium", "large"]
SIZES: tuple[str, ...] = get_args(SizeName)


@dataclass(frozen=True)
class Size:
    """`machine`: of a host. `root_gib`, `data_gib`: its system disk and the volume of its database, in GiB.

    `database_machine`: of a managed database, whose storage is `data_gib` too and grows to `data_gib_most`.
    """

    machine: str
    root_gib: int
    data_gib: int
    database_machine: str
    data_gib_most: int


# 2 GiB of memory is the least that PostgreSQL, nginx and the predictor share without swapping. amd64 only.
AWS: dict[str, Size] = {
    "small": Size("t3a.small", 8, 10, "db.t4g.micro", 50),
    "medium": Size("t3a.medium", 10, 20, "db.t4g.small", 100),
    "large": Size("m6a.large", 16, 50, "db.m6g.large", 500),
}
GCP: dict[str, Size] = {
    "small": Size("e2-small", 10, 10, "db-g1-small", 50),
    "medium": Size("e2-medium", 10, 20, "db-custom-1-3840", 100),
    "large": Size("n2d-standard-2", 20, 50, "db-custom-2-7680", 500),
}
CLOUDS = {"aws": AWS, "gcp": GCP}
