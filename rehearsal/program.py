"""Runs the real Pulumi program (infra/__main__.py) without the CLI, under the SDK's own mock monitor.

Whoever provides says what becomes of each resource: `ops/plan.py` invents ids, `rehearsal/aws` makes it in an
emulated account. The mock monitor runs no transforms and no policy packs, and knows no updates.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, rpc, settings, stack

from infra import login, stack_file
from ops.errors import OperationError

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "shoestring"


@dataclass(frozen=True)
class Resource:
    """What the program registered. `inputs` have the names of Pulumi's wire (camelCase); `parent` is an urn or ''.

    `custom` is False for a component. `options`: protect, retain_on_delete, delete_before_replace and ignore_changes,
    where they are set.
    `references`: input -> the urns of the resources that its value was made from.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    references: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """What was checked and kept as a record only, since there is no emulation. `what`: an input, '' is all."""

    type: str
    name: str
    what: str
    why: str


@dataclass
class Made:
    """All that a run registered, in order, and the stack's outputs."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Makes resources; may be called from several threads at once."""

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """The id of a resource, and its output properties (the inputs are not added to them)."""

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The result of a provider's function such as aws:ec2/getAmi:getAmi."""


class _Monitor(mocks.MockMonitor):
    def __init__(self, provider: Provider, made: Made) -> None:
        super().__init__(_Mocks(provider, self))
        self.made = made
        self.requests: dict[tuple[str, str], Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        self.requests[request.type, request.name] = request
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        if request.urn.rpartition("::")[0].endswith("pulumi:pulumi:Stack"):
            self.made.outputs.update(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()


class _Mocks(mocks.Mocks):
    def __init__(self, provider: Provider, monitor: _Monitor) -> None:
        self.provider, self.monitor = provider, monitor

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        request = self.monitor.requests[args.typ, args.name]
        options = {"protect": request.protect, "ignore_changes": list(request.ignoreChanges)}
        options["retain_on_delete"] = request.retainOnDelete
        options["delete_before_replace"] = request.deleteBeforeReplace
        resource = Resource(
            self.monitor.make_urn(request.parent, args.typ, args.name),
            args.typ,
            args.name,
            request.parent,
            bool(args.custom),
            args.inputs,
            {name: value for name, value in options.items() if value},
            {name: list(found.urns) for name, found in request.propertyDependencies.items() if found.urns},
        )
        self.monitor.made.resources.append(resource)
        if not resource.custom:
            return "", {}
        identity, outputs = self.provider.create(resource)
        return identity, {**args.inputs, **outputs}

    def call(self, args: mocks.MockCallArgs) -> Any:
        return self.provider.call(args.token, args.args)


def run(
    file: Path, provider: Provider, preview: bool = False, program: Path = ROOT / "infra", stacks: Path = login.STACKS
) -> Made:
    """What the program registers for the stack of `file` (stacks/Pulumi.<stack>.yaml).

    `preview` is what pulumi.runtime.is_dry_run() says. `stacks`/<stack>/ has the public key that machines let in.
    Raises SettingsError, or what the program or `provider` raises.
    """
    config = stack_file.read(file)
    made = Made()
    # Pulumi keeps its state in context variables; each run has a context of its own.
    with patch.object(login, "STACKS", stacks):
        contextvars.copy_context().run(_run, stack_file.environment(file), config, provider, preview, program, made)
    return made


def _run(name: str, config: Mapping[str, Any], provider: Provider, preview: bool, program: Path, made: Made) -> None:
    async def go() -> None:
        asyncio.get_running_loop().set_exception_handler(_told_once)
        monitor = _Monitor(provider, made)
        settings.configure(
            mocks.MockSettings(
                monitor=monitor,
                monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
                engine=mocks.MockEngine(None),
                project=PROJECT,
                stack=name,
                dry_run=preview,
                organization=None,
                callbacks=None,
            )
        )
        # As the engine hands it on: text, and JSON for what is none.
        flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        pulumi.runtime.set_all_config(flat)

        def main() -> None:
            runpy.run_path(str(program), run_name="__main__")

        await stack.run_in_stack(main)

    asyncio.run(go())


def _told_once(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A resource that could not be made fails each that needs it, with a traceback of its own; `run` raises it once."""
    if not isinstance(context.get("exception"), OperationError):
        loop.default_exception_handler(context)
