"""How a type of resource is made, read and deleted in the account: a small class for each, registered by its token."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from ops.errors import OperationError
from rehearsal.aws.account import Account
from rehearsal.aws.inputs import Inputs


class Emulation:
    """One resource in the account. A type's class says what differs from this.

    unsent: inputs that no call takes when the resource is made, and why. recorded: what moto does not keep, by the path
    of the input ('' is the whole resource), and why; it is checked against botocore's model all the same.
    """

    unsent: ClassVar[Mapping[str, str]] = {}
    recorded: ClassVar[Mapping[str, str]] = {}

    def __init__(self, aws: Account, given: Inputs, name: str) -> None:
        self.aws, self.given, self.name = aws, given, name

    def create(self) -> str:
        """Make it, by one call, and return its id."""
        raise NotImplementedError

    def configure(self, identity: str) -> None:
        """Make the calls that complete it. After a failure they are made again, so each must bear that."""

    def read(self, identity: str) -> dict[str, Any]:
        """Its outputs as the account has them, by the names of Pulumi's wire."""
        raise NotImplementedError

    def unprotect(self, identity: str) -> None:
        """Take the cloud's own deletion protection off."""

    def delete(self, identity: str) -> None:
        raise NotImplementedError

    def physical(self, most: int, prefix: str = "") -> str:
        """The name in the account: the program's, or as Pulumi makes one up: the logical name and 7 random digits.

        `most`: how many characters AWS allows. `prefix`: what a name begins with where the program gives none.
        """
        if name := self.given.get("name"):
            return str(name)
        if start := self.given.get("namePrefix"):
            # As Terraform's providers do it: the time to 0.1 ms and a counter, 26 digits.
            return f"{start}{time.strftime('%Y%m%d%H%M%S')}{secrets.randbelow(10**12):012d}"
        name = f"{prefix}{self.name}-{secrets.token_hex(4)[:7]}"
        if len(name) > most:
            raise OperationError(
                f"the name {name} has {len(name)} characters, and at most {most} are allowed",
                f"{self.name} can't be made",
                "shorten the name of the environment or of the host",
            )
        return name


E = TypeVar("E", bound=type[Emulation])
Function = Callable[[Account, Inputs], dict[str, Any]]
EMULATIONS: dict[str, type[Emulation]] = {}
FUNCTIONS: dict[str, Function] = {}


def emulates(*tokens: str) -> Callable[[E], E]:
    """Registers a class for types of resource, such as aws:kms/key:Key."""

    def register(kind: E) -> E:
        EMULATIONS.update(dict.fromkeys(tokens, kind))
        return kind

    return register


def answers(token: str) -> Callable[[Function], Function]:
    """Registers a function for a provider's function, such as aws:ec2/getAmi:getAmi."""

    def register(function: Function) -> Function:
        FUNCTIONS[token] = function
        return function

    return register


def tags_all(tags: list[dict[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, Any]:
    """The output of all tags, from a description's list."""
    return {"tagsAll": {tag[key]: tag[value] for tag in tags or []}}
