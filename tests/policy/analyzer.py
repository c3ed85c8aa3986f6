"""Runs the policy pack as Pulumi's Python language host does, and asks it as the engine does.

RunPlugin in sdk/python/cmd/pulumi-language-python/main.go of github.com/pulumi/pulumi, v3.259: the interpreter of the
pack's own environment runs `-u -m pulumi.policy <engine> <pack>` in the pack's directory, with the stack in its
environment, and prints the port it listens at.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from rehearsal.program import Resource
from tests.policy import wire

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policy"
PYTHON = PACK / ".venv/bin/python"
ENGINE = "127.0.0.1:1"  # nobody is there: a pack has no reason to call
SECONDS = 60


@dataclass(frozen=True, order=True)
class Violation:
    """`message` without the description that the pack puts before it; `urn` is '' for the whole stack."""

    policy: str
    message: str
    urn: str


@dataclass(frozen=True)
class Analyzer:
    """A pack that runs for a stack."""

    stack: str
    client: Any  # grpc's stubs have no types
    noted: dict[str, Resource] = field(default_factory=dict)

    def info(self) -> Any:
        """What `pulumi policy` shows: a proto.AnalyzerInfo."""
        return self.client.GetAnalyzerInfo(empty_pb2.Empty(), timeout=SECONDS)

    def violations(self, resources: Iterable[Resource], noted: bool = True) -> list[Violation]:
        """What stops an update that registers these, sorted. All of it is mandatory, or AssertionError is raised.

        `noted`: the engine asks about each resource before it is made, as always but with `--target`. Here what was
        asked before, of the same process, is not asked again.
        """
        everything = list(resources)
        for one in everything if noted else ():
            if self.noted.get(one.urn) is not one:
                found = self.client.Analyze(wire.analyze(one, self.stack), timeout=SECONDS)
                assert not found.diagnostics, found
                self.noted[one.urn] = one
        response = self.client.AnalyzeStack(wire.analyze_stack(everything, self.stack), timeout=SECONDS)
        for each in response.diagnostics:
            assert each.enforcementLevel == proto.MANDATORY, each
            assert each.message.startswith(f"{each.description}\n"), each
        return sorted(
            Violation(each.policyName, each.message.removeprefix(f"{each.description}\n"), each.urn)
            for each in response.diagnostics
        )


def environment(stack: str, config: Mapping[str, Any], preview: bool = False) -> dict[str, str]:
    """What the language host adds: configuration as text, and as JSON what is none."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return {
        "PULUMI_ORGANIZATION": "organization",
        "PULUMI_PROJECT": "shoestring",
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true" if preview else "false",
        "PULUMI_CONFIG": json.dumps(texts),
    }


def start(variables: Mapping[str, str]) -> subprocess.Popen[str]:
    """The pack's process; the first line it prints is its port."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "PYTHON", "VIRTUAL_ENV"))}
    return subprocess.Popen(
        [PYTHON, "-u", "-m", "pulumi.policy", ENGINE, str(PACK)],
        cwd=PACK,
        env={**kept, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def running(stack: str, config: Mapping[str, Any], preview: bool = False) -> Iterator[Analyzer]:
    """The pack for a stack of this configuration (keys with their `shoestring:`), asked for as the engine does."""
    with start(environment(stack, config, preview)) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdigit(), process.communicate()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                client = analyzer_pb2_grpc.AnalyzerStub(channel)
                _greet(client, stack, preview)
                yield Analyzer(stack, client)
        finally:
            process.kill()


def _greet(client: Any, stack: str, preview: bool) -> None:
    """The engine goes on where a pack knows no Handshake, as those in Python do not."""
    with contextlib.suppress(grpc.RpcError):
        client.Handshake(
            proto.AnalyzerHandshakeRequest(
                engine_address=ENGINE, root_directory=str(PACK), program_directory=str(PACK)
            ),
            timeout=SECONDS,
        )
    client.ConfigureStack(
        proto.AnalyzerStackConfigureRequest(
            stack=stack, project="shoestring", organization="organization", dry_run=preview
        ),
        timeout=SECONDS,
    )
