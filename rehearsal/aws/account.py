"""The emulated account: clients for moto in this process or for a moto server, each of whose calls is checked first."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.validate import validate_parameters
from moto.core.models import MockAWS

from ops.errors import OperationError
from rehearsal.aws import conflicts, validate


@dataclass(frozen=True)
class Caller:
    """The resource that calls are made for, as errors name it."""

    type: str
    name: str


_caller: ContextVar[Caller] = ContextVar("caller")


class InvalidCallError(OperationError):
    """A call that moto may take and AWS refuses. `path` is where in the call's parameters, `rule` what it breaks."""

    def __init__(self, caller: Caller, operation: str, path: str, rule: str) -> None:
        self.type, self.name, self.operation, self.path, self.rule = caller.type, caller.name, operation, path, rule
        super().__init__(
            f"{caller.type} {caller.name}: {operation} can't have this {path}: {rule}",
            "AWS would refuse it, so it was not sent to the emulated account",
            f"correct the inputs of {caller.name} in infra/aws/",
        )


class Account:
    """`region`, `id` and `partition` of the account; `account("ec2")` is a client; `calls` counts each operation.

    session: a boto3 session with a region and any credentials. endpoint_url: a moto server; None is moto in this
    process, which must be active. Refuses to be anything that could be the real AWS.
    """

    def __init__(self, session: boto3.Session, endpoint_url: str | None = None) -> None:
        self.endpoint_url = endpoint_url
        # moto's backends are plain dictionaries that every call walks: one resource at a time.
        self.lock = threading.RLock()
        self.calls: Counter[str] = Counter()
        self._session = session
        self._clients: dict[str, Any] = {}
        self._refuse_the_real_one()
        self.region: str = session.region_name
        identity = self("sts").get_caller_identity()
        self.id: str = identity["Account"]
        self.partition: str = identity["Arn"].split(":")[1]

    def __call__(self, service: str) -> Any:
        with self.lock:
            if service not in self._clients:
                client = self._session.client(service, endpoint_url=self.endpoint_url)
                # Last: after botocore's own handlers have completed the parameters.
                client.meta.events.register_last("before-parameter-build", self._before)
                self._clients[service] = client
            return self._clients[service]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the account's region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    @contextmanager
    def on_behalf_of(self, caller: Caller) -> Iterator[None]:
        """Errors of the calls within name this resource."""
        token = _caller.set(caller)
        try:
            yield
        finally:
            _caller.reset(token)

    def check(self, service: str, operation: str, **parameters: Any) -> None:
        """Check a call that moto does not know, as if it were sent: required members, types, and all of `validate`."""
        model = self(service).meta.service_model.operation_model(operation)
        validate_parameters(parameters, model.input_shape)
        self._check(parameters, model)

    def _before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self._refuse_the_real_one()
        self._check(params, model)
        self.calls[model.name] += 1

    def _check(self, parameters: dict[str, Any], model: Any) -> None:
        caller = _caller.get(Caller("the account", self.endpoint_url or "in this process"))
        for path, rule in validate.broken(model.input_shape, parameters):
            raise InvalidCallError(caller, model.name, path, rule)
        for path, rule in conflicts.broken(model.name, parameters):
            raise InvalidCallError(caller, model.name, path, rule)

    def _refuse_the_real_one(self) -> None:
        if self.endpoint_url is None:
            if not MockAWS._mocks_active:
                raise OperationError(
                    "moto is not active in this process",
                    "the call would have gone to the real AWS, so it was not made",
                    "make the account within rehearsal.aws.local.account(), or give the address of a moto server",
                )
        elif (urlsplit(self.endpoint_url).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
            raise OperationError(
                f"{self.endpoint_url} is the real AWS",
                "a rehearsal makes and deletes resources at will, so nothing was called",
                "give the address of a moto server",
            )
