"""What an environment's settings are in each cloud: how it calls regions, images and zones, and what it wants more."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from pydantic import AliasGenerator, ConfigDict, Field

from infra import stack_file
from infra.fields import word
from infra.settings import Settings
from infra.state import GcsBackend, S3Backend


def _keys(cloud: str) -> ConfigDict:
    generator = AliasGenerator(validation_alias=partial(stack_file.key, cloud=cloud))
    return ConfigDict(alias_generator=generator, validate_by_name=True)


class Aws(Settings):
    """An environment on AWS."""

    model_config = _keys("aws")

    region: Annotated[str, word(r"[a-z]{2}(-[a-z]+)+-\d", "a region of AWS", "eu-central-1")]
    image: Annotated[
        str,
        word(
            r"debian-13-amd64-\d{8}-\d{3,5}|ami-[0-9a-f]{8,17}",
            "a Debian 13 image by its full name, which is one build in every region, or by its id",
            "debian-13-amd64-20260914-2601",
        ),
    ]
    zone: Annotated[str, word(r"Z[A-Z0-9]{5,31}", "the id of a hosted zone", "Z0123456789ABCDEFGHIJ")] | None = Field(
        default=None, description="the DNS zone to write the names into; else the records are printed"
    )
    backend: S3Backend | None = Field(
        default=None, description="where Pulumi keeps the state: `make bootstrap` says so"
    )


class Gcp(Settings):
    """An environment on Google Cloud, in a project that exists."""

    model_config = _keys("gcp")

    cloud: Literal["gcp"]
    region: Annotated[str, word(r"[a-z]+-[a-z]+\d{1,2}", "a region of Google Cloud", "europe-west3")]
    project: Annotated[str, word(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "the id of a project", "acme-shoestring")]
    billing_account: Annotated[
        str, word(r"[0-9A-F]{6}(-[0-9A-F]{6}){2}", "the id of the billing account", "012345-6789AB-CDEF01")
    ]
    image: Annotated[
        str,
        word(r"debian-13-trixie-v\d{8}", "an image of the project debian-cloud", "debian-13-trixie-v20260915"),
    ]
    zone: Annotated[str, word(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "a managed zone", "acme-dev")] | None = Field(
        default=None, description="the DNS zone to write the names into; else the records are printed"
    )
    backend: GcsBackend | None = Field(
        default=None, description="where Pulumi keeps the state: `make bootstrap` says so"
    )
    identity_pool: (
        Annotated[
            str,
            word(
                r"projects/\d{1,20}/locations/global/workloadIdentityPools/[a-z0-9-]{4,32}",
                "a workload identity pool by its full name, which has the project's number",
                "projects/123456789012/locations/global/workloadIdentityPools/shoestring",
            ),
        ]
        | None
    ) = Field(default=None, description="the pool that GitHub comes in by: `make bootstrap` says so")


KINDS: dict[str, type[Settings]] = {"aws": Aws, "gcp": Gcp}
