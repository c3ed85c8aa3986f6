"""A project of Google's on this machine, a stack file of its own, and an ear on every call that is made."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from rich.console import Console

from infra.gcp.shared import Shared
from infra.settings import Settings
from infra.settings_clouds import Gcp
from ops import bootstrap, processes
from ops.bootstrap import work
from ops.bootstrap.gcp import account
from ops.cloud.gcp import api
from ops.environment import ROOT
from ops.errors import OperationError
from ops.steps import Steps
from tests.ops.bootstrap.gcp.cloud import server
from tests.ops.bootstrap.gcp.cloud.project import BILLING, ID, NUMBER
from tests.ops.bootstrap.gcp.cloud.server import Google

NAME, REGION, REPOSITORY = "gcp-dev", "us-central1", "acme/predictor"
HINT = f"  shoestring:repository: {REPOSITORY}\n"
SHARED = Shared(ID, REGION)
RING = f"projects/{ID}/locations/{REGION}/keyRings/shoestring"
KEY = f"{RING}/cryptoKeys/state"
BUCKET = f"shoestring-state-{ID}-{REGION}"
POOL = f"projects/{NUMBER}/locations/global/workloadIdentityPools/shoestring"
TOKEN = "ya29.canary-of-the-credentials"  # noqa: S105 - a stand-in, looked for in all that is told


class Canary(AnonymousCredentials):
    """Credentials that open nothing, and whose token must be told to nobody."""

    def apply(self, headers: dict[str, str], token: str | None = None) -> None:
        assert token is None
        headers["Authorization"] = f"Bearer {TOKEN}"

    def refresh(self, request: object) -> None:
        """Nothing: it is the same afterwards."""

    def before_request(self, request: object, method: str, url: str, headers: dict[str, str]) -> None:
        del request, method, url
        self.apply(headers)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for, and nobody's own credentials are looked at."""
    stand_in(monkeypatch)


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a fixture that outlives a test, too."""
    for variable in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(api, "credentials", lambda *_: Canary())
    monkeypatch.setattr(work, "PAUSE", 20.0)
    monkeypatch.setattr(processes, "pause", lambda _: None)
    monkeypatch.setattr(account, "TRIES", 0)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    """A new project: paid for, and nothing in it. Each request that is none of Google's fails the test."""
    made = Google()
    with server.serving(made) as addresses:
        for variable, address in addresses.items():
            monkeypatch.setenv(variable, address)
        yield made
    assert made.wrong == []


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Google:
    """gcp-dev, which anybody may deploy, next to production in one project; after a bootstrap of each. Only read."""
    root, google = tmp_path_factory.mktemp("both"), Google()
    with pytest.MonkeyPatch.context() as monkeypatch, server.serving(google) as addresses:
        stand_in(monkeypatch)
        for variable, address in addresses.items():
            monkeypatch.setenv(variable, address)
        for name in (NAME, "gcp-prod"):
            run(make_stacks(root, name), name)
    assert google.wrong == []
    return google


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    """A stacks/ with the environment gcp-dev, deployed from acme/predictor."""
    return make_stacks(tmp_path / "repository")


def make_stacks(root: Path, name: str = NAME, repository: str = HINT) -> Path:
    stacks = root / "stacks"
    stacks.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text()
    text = text.replace("example-shoestring", ID).replace("000000-000000-000000", BILLING)
    (stacks / f"Pulumi.{name}.yaml").write_text(text + repository)
    return stacks


def run(stacks: Path, name: str = NAME, consent: bool = True) -> str:
    """`make bootstrap ENV=<name> YES=1`, told to nobody."""
    return bootstrap.run(name, consent, lambda: Steps(Console(file=io.StringIO())), stacks)


def settings(stacks: Path, name: str = NAME) -> Gcp:
    found = Settings.load(stacks / f"Pulumi.{name}.yaml")
    assert isinstance(found, Gcp)
    return found


def everything(google: Google, stacks: Path) -> str:
    """The whole project and the stack files as one text."""
    files = "\n".join(path.read_text() for path in sorted(stacks.glob("*.yaml")))
    return f"{google.project.everything()}\n{files}"


def refused(stacks: Path, google: Google, consent: bool = True) -> OperationError:
    """The error of a run that must end in one, and that must change nothing."""
    before = {path: path.read_text() for path in stacks.glob("*.yaml")}
    google.calls.clear()
    with pytest.raises(OperationError) as raised:
        run(stacks, consent=consent)
    assert google.changes == []
    assert {path: path.read_text() for path in stacks.glob("*.yaml")} == before
    assert TOKEN not in str(raised.value)
    return raised.value
