"""The account that the credentials at hand open."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.aws.shared import Shared

TAGS = {"Name": "shoestring-state", "managed-by": "shoestring"}
"""Of all that bootstrap makes. No `environment` and no `owner`: it is every environment's."""

# Seconds. A hanging network ends in words after a minute or two.
CONFIG = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})


@dataclass
class Account:
    """`caller`: the ARN of who we are. `key_arn`: of the state's key, as soon as it is known."""

    session: Any
    shared: Shared
    caller: str
    key_arn: str = ""
    blind: ClassVar[bool] = False  # all that there is can be seen from the start
    _clients: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, region: str) -> Account:
        """Asks AWS who we are. Raises botocore's errors."""
        session = boto3.Session()
        identity = session.client("sts", region_name=region, config=CONFIG).get_caller_identity()
        return cls(session, Shared(identity["Account"], region), identity["Arn"])

    def client(self, service: str) -> Any:
        """boto3's client, in the environment's region whatever the machine's own settings say."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, region_name=self.shared.region, config=CONFIG)
        return self._clients[service]


def found(read: Callable[..., Any], *absent: str, **arguments: Any) -> Any:
    """What `read` returns; None where AWS answers with one of the error codes `absent`."""
    try:
        return read(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in absent:
            return None
        raise


def same(one: Any, other: Any) -> bool:
    """Whether two policies, as documents or JSON texts, say the same: services hand them back in another order."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        plain = sorted((_plain(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        return plain[0] if len(plain) == 1 else plain
    return value


def listed(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as the services take them."""
    return [{key: name, value: text} for name, text in tags.items()]


def has_tags(tags: list[dict[str, str]], key: str = "Key", value: str = "Value") -> bool:
    """Whether all of ours are among them."""
    return TAGS.items() <= {each[key]: each[value] for each in tags}.items()
