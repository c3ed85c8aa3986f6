"""The provider of a rehearsal: what the program registers, it makes in the emulated account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from ops.errors import OperationError
from rehearsal.aws import resources
from rehearsal.aws.account import Account, Caller
from rehearsal.aws.emulation import EMULATIONS, FUNCTIONS, Emulation
from rehearsal.aws.inputs import Inputs
from rehearsal.program import Recorded, Resource
from rehearsal.registry import Entry, Registry, unchanged

EVERYWHERE = ("version", "region", "pluginDownloadURL")
"""Inputs that any resource may have and that name no property of it."""


class Provider:
    """Makes, finds again and deletes resources; `registry` knows them. May be called from several threads."""

    def __init__(self, account: Account, registry: Registry | None = None) -> None:
        self.account = account
        self.registry = registry or Registry()
        resources.load()

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """The id and the outputs of a resource, as the account has them. One that is there already is left alone.

        Raises OperationError, naming type and name: the type has no emulation, an input is dropped, AWS or moto would
        refuse a call, or the resource is there with other inputs.
        """
        kind = _kind(resource.type, resource.name)
        with self.account.lock, self._naming(Caller(resource.type, resource.name)):
            entry = self.registry.find(resource.urn) or Entry(
                resource.urn, resource.type, resource.name, resource.inputs
            )
            unchanged(entry, resource)
            entry.protect = bool(resource.options.get("protect"))
            entry.retain = bool(resource.options.get("retain_on_delete"))
            seen = {*entry.seen, *EVERYWHERE, *kind.unsent}
            emulation = kind(self.account, Inputs(resource.inputs, seen), resource.name)
            try:
                if not entry.id:
                    entry.id = emulation.create()
                if not entry.whole:
                    emulation.configure(entry.id)
                    _all_read(emulation.given, resource)
                    entry.whole = True
                entry.outputs = emulation.read(entry.id)
            finally:
                entry.seen = sorted(seen)
                if entry.id:
                    self.registry.keep(entry)
            return entry.id, entry.outputs

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What a provider's function answers. Raises OperationError, naming it."""
        if token not in FUNCTIONS:
            raise _missing(f"the function {token}")
        with self.account.lock, self._naming(Caller(token, "a call of the program")):
            given = Inputs(arguments, set(EVERYWHERE))
            found = FUNCTIONS[token](self.account, given)
            if unread := given.unread():
                raise _dropped(token, unread)
            return found

    def delete_all(self, protected: bool = False) -> None:
        """Delete what the registry holds, the last made first.

        protected: True deletes what the program or the cloud protects, too; else it is named in an OperationError and
        nothing is deleted. After a failure the registry holds what is left.
        """
        with self.account.lock:
            kept = [f"{entry.type} {entry.name}" for entry in self.registry.entries() if entry.protect]
            if kept and not protected:
                raise OperationError(
                    f"protected: {', '.join(kept)}",
                    "nothing was deleted",
                    "set `shoestring:deletion_protection: false`, or say that their data may go",
                )
            for entry in reversed(self.registry.entries()):
                if not entry.retain:
                    with self._naming(Caller(entry.type, entry.name)):
                        emulation = self._emulation(entry)
                        if protected:
                            emulation.unprotect(entry.id)
                        emulation.delete(entry.id)
                self.registry.drop(entry)

    @property
    def recorded(self) -> list[Recorded]:
        """What the account does not show, of all that was made."""
        return [
            Recorded(entry.type, entry.name, path, why)
            for entry in self.registry.entries()
            for path, why in EMULATIONS[entry.type].recorded.items()
            if not path or Inputs(entry.inputs).has(path)
        ]

    def _emulation(self, entry: Entry) -> Emulation:
        return _kind(entry.type, entry.name)(self.account, Inputs(entry.inputs), entry.name)

    @contextmanager
    def _naming(self, caller: Caller) -> Iterator[None]:
        with self.account.on_behalf_of(caller):
            try:
                yield
            except (ClientError, ParamValidationError) as error:
                raise OperationError(
                    f"{caller.type} {caller.name}: {error}",
                    "the rest was not made; what was made stays in the registry",
                    "correct its inputs in infra/aws/ and run the same again",
                ) from error


def _kind(token: str, name: str) -> type[Emulation]:
    if token not in EMULATIONS:
        raise _missing(f"{token} ({name})")
    return EMULATIONS[token]


def _missing(what: str) -> OperationError:
    return OperationError(
        f"{what} has no emulation",
        "it can't be rehearsed, so it was not made",
        "add a class for it to rehearsal/aws/resources/",
    )


def _all_read(given: Inputs, resource: Resource) -> None:
    if unread := given.unread():
        raise _dropped(f"{resource.type} {resource.name}", unread)


def _dropped(what: str, unread: list[str]) -> OperationError:
    return OperationError(
        f"{what}: the emulation drops {', '.join(unread)}",
        "the account would not be what the program says",
        "send it, or list it as `unsent` with the reason, in rehearsal/aws/resources/",
    )
