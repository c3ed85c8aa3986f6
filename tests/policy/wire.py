"""Resources as Pulumi's engine sends them to a policy pack, from what rehearsal/program.py says was registered.

As in pkg/resource/plugin/analyzer_plugin.go and pkg/resource/deploy/step_generator.go of github.com/pulumi/pulumi,
v3.259: `Analyze` gets what a resource was asked to be, before it is made, and `AnalyzeStack` what its provider made of
it, once all are. Numbers are floats, a secret and what is not known yet are marked, keys with two underscores are left
out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto

from rehearsal.program import Resource

SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # of a text, as sdk/go/common/resource/plugin/rpc.go has it
# What providers read back, which nobody asked for: rules and policies that are resources of their own, and disks that
# were attached. Every one of these would be a fault in a resource's inputs.
READ_BACK: Mapping[str, Mapping[str, Any]] = {
    "aws:ec2/securityGroup:SecurityGroup": {
        "ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]
    },
    "aws:iam/role:Role": {
        "inlinePolicies": [{"name": "service", "policy": "{}"}],
        "managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    },
    "aws:ec2/instance:Instance": {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": False}]},
    "gcp:compute/instance:Instance": {"attachedDisks": [{"source": "database"}]},
}


def analyze(resource: Resource, stack: str) -> proto.AnalyzeRequest:
    """Of a resource that is about to be made."""
    return proto.AnalyzeRequest(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=_struct(_asked(resource)),
        options=_options(resource),
        provider=_provider(resource, stack),
    )


def analyze_stack(resources: Iterable[Resource], stack: str) -> proto.AnalyzeStackRequest:
    """Of all that were made, each with what its provider read back."""
    return proto.AnalyzeStackRequest(resources=[_made(one, stack) for one in resources])


def _made(resource: Resource, stack: str) -> proto.AnalyzerResource:
    references = {name: urns for name, urns in resource.references.items() if urns}
    return proto.AnalyzerResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=_struct({**_asked(resource), "id": resource.name, **READ_BACK.get(resource.type, {})}),
        options=_options(resource),
        provider=_provider(resource, stack),
        parent=resource.parent,
        dependencies=sorted({urn for urns in references.values() for urn in urns}),
        propertyDependencies={name: proto.AnalyzerPropertyDependencies(urns=urns) for name, urns in references.items()},
    )


def provider(stack: str, cloud: str) -> Resource:
    """The default one, which is a resource too."""
    type_ = f"pulumi:providers:{cloud}"
    return Resource(f"urn:pulumi:{stack}::shoestring::{type_}::default", type_, "default", "", True, {"region": "x"})


def _provider(resource: Resource, stack: str) -> proto.AnalyzerProviderResource | None:
    if not resource.custom or resource.type.startswith("pulumi:"):
        return None
    one = provider(stack, resource.type.partition(":")[0])
    return proto.AnalyzerProviderResource(urn=one.urn, type=one.type, name=one.name, properties=_struct(one.inputs))


def _options(resource: Resource) -> proto.AnalyzerResourceOptions:
    options = resource.options
    return proto.AnalyzerResourceOptions(
        protect=bool(options.get("protect")),
        ignoreChanges=options.get("ignore_changes", []),
        deleteBeforeReplace=bool(options.get("delete_before_replace")),
        deleteBeforeReplaceDefined="delete_before_replace" in options,
        customTimeouts=proto.AnalyzerResourceOptions.CustomTimeouts(),
        parent=resource.parent,
    )


def _asked(resource: Resource) -> dict[str, Any]:
    """The inputs as the provider's Check leaves them. A plan invents no password; a real one is never empty."""
    return {
        name: {**value, "value": "canary77"} if isinstance(value, dict) and value.get(SIGNATURE) == SECRET else value
        for name, value in resource.inputs.items()
        if not name.startswith("__")
    }


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())
