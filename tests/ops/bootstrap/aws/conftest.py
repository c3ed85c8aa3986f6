"""An emulated account (moto, in process), a stack file of its own, and an ear on every call that is made."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import moto
import pytest
from moto.core.responses import EmptyResult
from moto.iam.responses import IamResponse
from rich.console import Console

from infra.aws.shared import Shared
from infra.settings import Settings
from ops import bootstrap
from ops.bootstrap import work
from ops.bootstrap.aws import account
from ops.environment import ROOT
from ops.steps import Steps

NAME, REGION, ACCOUNT, REPOSITORY = "aws-dev", "eu-central-1", "123456789012", "acme/predictor"
READS = ("Describe", "Get", "Head", "List")
HINT = f"  shoestring:repository: {REPOSITORY}\n"

LOADER = botocore.loaders.create_loader()  # of the services' models: read once, not in every run


@dataclass
class Ear:
    """Hears each call of the sessions that bootstrap opens. `before` and `after` may raise, given the call's name."""

    calls: list[str] = field(default_factory=list)
    parameters: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None

    def session(self) -> Any:
        core = botocore.session.get_session()
        core.register_component("data_loader", LOADER)
        made = boto3.Session(botocore_session=core)
        made.events.register_first("provide-client-params", self._asked)
        made.events.register_first("before-call", self._before)
        made.events.register_first("after-call", self._after)
        return made

    @property
    def changes(self) -> list[str]:
        """The calls that change something, by their operation's name."""
        return [call for call in self.calls if is_change(call)]

    def _asked(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.parameters.append((model, params))

    def _before(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        self.before(model.name)

    def _after(self, model: Any, **_: Any) -> None:
        self.after(model.name)


def is_change(call: str) -> bool:
    """Whether an operation changes something."""
    return not call.startswith(READS)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials that open nothing, and no other: neither the user's files nor an instance's are looked at."""
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(variable, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")  # the machine's own, which is never meant
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(work, "PAUSE", 0.001)


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    made = Ear()
    monkeypatch.setattr(account, "boto3", SimpleNamespace(Session=made.session))  # our own reading is not heard
    return made


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new, empty account."""
    call = "add_client_id_to_open_id_connect_provider"
    assert not hasattr(IamResponse, call), "moto has it now: take ours away"
    monkeypatch.setattr(IamResponse, call, _add_client_id, raising=False)
    with moto.mock_aws():
        yield


def _add_client_id(self: IamResponse) -> EmptyResult:
    """AddClientIDToOpenIDConnectProvider, which moto lacks."""
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    provider.client_id_list.append(self._get_param("ClientID"))
    return EmptyResult()


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    """A stacks/ with the environment aws-dev, deployed from acme/predictor."""
    return make_stacks(tmp_path / "repository")


def make_stacks(root: Path, name: str = NAME, repository: str = HINT) -> Path:
    stacks = root / "stacks"
    stacks.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text()
    (stacks / f"Pulumi.{name}.yaml").write_text(text + repository)
    return stacks


def run(stacks: Path, name: str = NAME, consent: bool = True) -> str:
    """`make bootstrap ENV=<name> YES=1`, told to nobody."""
    return bootstrap.run(name, consent, lambda: Steps(Console(file=io.StringIO())), stacks)


def settings(stacks: Path, name: str = NAME) -> Settings:
    return Settings.load(stacks / f"Pulumi.{name}.yaml")


SHARED = Shared(ACCOUNT, REGION)
