"""What bootstrap refuses: in words, with the way on, and with nothing made or changed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from infra.problems import SettingsError
from ops.cloud.gcp import api
from ops.errors import OperationError
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError
from tests.ops.bootstrap.gcp.cloud.project import BILLING, ID
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import BUCKET, NAME, Canary, refused, run

CREDENTIALS = api.credentials  # before a test's own stand in for them


def test_no_credentials(stacks: Path, google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that a newcomer meets: it says how to log in, and that nothing is half made."""

    def nobody(**_: object) -> None:
        raise DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr("google.auth.default", nobody)
    monkeypatch.setattr(api, "credentials", CREDENTIALS)
    error = refused(stacks, google)
    assert "no credentials for Google Cloud" in error.cause
    assert error.consequence == "Nothing was done."
    assert "gcloud auth application-default login" in error.fix
    assert google.calls == []


def test_credentials_that_have_ended(stacks: Path, google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(Canary):
        def before_request(self, *_: object) -> None:
            raise RefreshError("Reauthentication is needed.")

    monkeypatch.setattr(api, "credentials", lambda *_: Ended())
    error = refused(stacks, google)
    assert "are not taken any more" in error.cause
    assert "gcloud auth application-default login" in error.fix
    assert f"make bootstrap ENV={NAME}" in error.fix


SEEN = "serviceusage.services.batchGet"
ANSWERS = {
    "unknown": (RefusedError(401, "Invalid Credentials"), "does not know the credentials", "gcloud auth"),
    "no such project": (
        RefusedError(403, "Permission denied to get service [compute.googleapis.com]"),
        f"There is no project {ID} that you may set up",
        "gcloud projects create",
    ),
    "calls for no project": (
        RefusedError(403, "The serviceusage.googleapis.com API requires a quota project, which is not set by default."),
        "for which project to count the calls",
        f"gcloud auth application-default set-quota-project {ID}",
    ),
    "the API for APIs is off": (
        RefusedError(403, "Service Usage API has not been used in project 1 before or it is disabled."),
        "An API that bootstrap asks is off",
        f"gcloud services enable serviceusage.googleapis.com --project={ID}",
    ),
    "out of order": (RefusedError(503, "The service is currently unavailable."), "503: The service", "make bootstrap"),
}


@pytest.mark.parametrize(("answer", "cause", "fix"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_googles(stacks: Path, google: Google, answer: RefusedError, cause: str, fix: str) -> None:
    def say(call: str) -> None:
        assert call == SEEN
        raise answer

    google.before = say
    error = refused(stacks, google)
    assert cause in error.cause
    assert fix in error.fix
    assert error.consequence == "Nothing was changed."


def test_no_right_to_a_part(stacks: Path, google: Google) -> None:
    """An editor may make a key and may not say who uses it."""
    run(stacks)
    text = "Permission 'cloudkms.cryptoKeys.getIamPolicy' denied on resource"

    def say(call: str) -> None:
        if call.endswith("cryptoKeys.getIamPolicy"):
            raise RefusedError(403, text)

    google.before = say
    error = refused(stacks, google)
    assert f"You may not do that: {text}" in error.cause
    assert "an owner of the project" in error.fix


@pytest.mark.parametrize("before", ["a token", "the answer"])
def test_no_network(stacks: Path, google: Google, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    class Cut(Canary):
        def before_request(self, *_: object) -> None:
            raise TransportError("Unable to find the server at oauth2.googleapis.com")

    if before == "a token":
        monkeypatch.setattr(api, "credentials", lambda *_: Cut())
    monkeypatch.setenv(api.OVERRIDE.format("SERVICEUSAGE"), "http://127.0.0.1:9/")
    error = refused(stacks, google)
    assert "can't be reached" in error.cause
    assert "googleapis.com" in error.fix


@pytest.mark.parametrize("asked", [True, False], ids=["its API is on", "its API is off"])
def test_a_project_that_nobody_pays(stacks: Path, google: Google, asked: bool) -> None:
    """A key costs, and Google turns nothing on that does: said by itself, before or by the operation."""
    google.project.billing = {"billingEnabled": False, "billingAccountName": ""}
    google.project.enabled |= {"cloudbilling"} if asked else set()
    google.calls.clear()
    with pytest.raises(OperationError) as raised:
        run(stacks)
    assert "no billing account" in raised.value.cause
    assert f"gcloud billing projects link {ID} --billing-account={BILLING}" in raised.value.fix
    assert google.changes == ([] if asked else ["serviceusage.services.batchEnable"])
    assert not google.project.rings


def test_yes_at_a_terminal_makes_it(stacks: Path, google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.StringIO("yes\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", stdin)
    run(stacks, consent=False)
    assert google.changes


@pytest.mark.parametrize("answer", [None, "y\n", "\n"], ids=["no terminal", "y", "nothing"])
def test_nothing_is_made_without_a_yes(
    stacks: Path,
    google: Google,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str | None,
) -> None:
    """What it makes costs money and opens a door to GitHub: it is shown, and asked about; APIs are off till then."""
    stdin = io.StringIO(answer or "")
    monkeypatch.setattr(stdin, "isatty", lambda: answer is not None)
    monkeypatch.setattr("sys.stdin", stdin)
    error = refused(stacks, google, consent=False)
    assert error.fix == f"make bootstrap ENV={NAME} YES=1"
    shown = capsys.readouterr().out
    for part in (ID, "0.06 USD a month", "shoestring-gcp-dev-apply", "acme/predictor", BUCKET):
        assert part in shown


@pytest.mark.parametrize(
    "backend", ["s3://shoestring-state-111122223333-eu-central-1?region=eu-central-1&awssdk=v2", "file://~", "gs://"]
)
def test_another_clouds_state_is_refused_before_google_is_asked(stacks: Path, google: Google, backend: str) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text() + f"  shoestring:backend: {backend}\n")
    with pytest.raises(SettingsError, match=r"a bucket of Google|the bucket of Google Cloud") as raised:
        run(stacks)
    assert "gs://shoestring-state-" in str(raised.value)
    assert google.calls == []
