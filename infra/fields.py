"""What the models are built from: checked texts, lists without duplicates, unions as people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from infra.problems import refuse, shown

# Far beyond what this is for: they keep the rules, which compare all with all, quick on nonsense.
MOST_HOSTS = 200
MOST_NETWORKS = 100
MOST_VOLUMES = 8

Item = TypeVar("Item")


class Part(BaseModel):
    """Unknown keys are refused, nothing is converted, nothing changes once it is checked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True)
class Checked:
    """Metadata of a checked text: the check, and what the JSON schema and the errors say about it."""

    check: Callable[[str], str]
    description: str
    example: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "description": self.description, "examples": [self.example]}


def word(regex: str, description: str, example: str) -> Checked:
    """A text that as a whole matches `regex`."""
    pattern = re.compile(regex)

    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise refuse(description, f"write it like {example}")
        return text

    return Checked(check, description, example)


def _unique(items: list[Item]) -> list[Item]:
    twice = [shown(item) for item, count in Counter(items).items() if count > 1]
    if twice:
        raise refuse("every entry once", f"delete the second {', '.join(twice)}")
    return items


Unique = Annotated[list[Item], AfterValidator(_unique)]
Port = Annotated[int, Field(ge=1, le=65535, description="a port number from 1 to 65535", examples=[22])]


def variant(expected: str, fix: str) -> Discriminator:
    """Tells apart the members of a union: a word (`direct`) or one key with its settings (`jump: {...}`).

    The members carry that word or key as their `Tag`.
    """

    def which(value: object) -> str | None:
        if isinstance(value, str):
            return value
        if isinstance(value, BaseModel):
            return next(iter(type(value).model_fields))
        return str(next(iter(value))) if isinstance(value, Mapping) and len(value) == 1 else None

    return Discriminator(
        which,
        custom_error_type="settings",
        custom_error_message="expected {expected}; {fix}",
        custom_error_context={"expected": expected, "fix": fix},
    )
