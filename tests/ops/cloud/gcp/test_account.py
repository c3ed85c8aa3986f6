"""Who asks Google Cloud is known before anything is made, and a refusal says what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from google.auth.exceptions import DefaultCredentialsError, RefreshError

from ops.cloud.gcp import account, api
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.gcp.cloud import Cloud, Refusal
from tests.ops.cloud.gcp.conftest import WHO
from tests.ops.cloud.gcp.made import PROJECT

GET = "cloudresourcemanager.projects.get"


def test_it_is_known_who_asks(dev: Environment, cloud: Cloud) -> None:
    cloud.says(GET, {"projectId": PROJECT, "lifecycleState": "ACTIVE"})
    assert account.identity(dev) == account.Identity(PROJECT, WHO)
    assert cloud.asked(GET) == [{"projectId": PROJECT}], "the stack's, whatever the user's default is"


def test_without_credentials_the_way_to_some_is_told(dev: Environment) -> None:
    with pytest.raises(OperationError) as caught:
        account.identity(dev)
    assert "no credentials for Google Cloud: Your default credentials were not found" in caught.value.cause
    assert "gcloud auth application-default login" in caught.value.fix
    assert caught.value.consequence == "Nothing was done."


def test_credentials_that_google_does_not_know(dev: Environment, cloud: Cloud) -> None:
    cloud.says(GET, Refusal(401, "Request had invalid authentication credentials."))
    with pytest.raises(OperationError) as caught:
        account.identity(dev)
    assert "does not know the credentials" in caught.value.cause
    assert "application-default" in caught.value.fix


def test_a_project_that_is_not_ones_own_is_refused(dev: Environment, cloud: Cloud) -> None:
    cloud.says(GET, Refusal(403, "The caller does not have permission"))
    with pytest.raises(OperationError, match=r"refused \(403\).*does not have permission") as caught:
        account.identity(dev)
    assert "gcloud auth list" in caught.value.fix


def test_a_project_that_is_being_deleted_is_refused(dev: Environment, cloud: Cloud) -> None:
    cloud.says(GET, {"projectId": PROJECT, "lifecycleState": "DELETE_REQUESTED"})
    with pytest.raises(OperationError, match="is being deleted") as caught:
        account.identity(dev)
    assert f"gcloud projects undelete {PROJECT}" in caught.value.fix


def test_an_api_that_is_off_leads_to_bootstrap(dev: Environment, cloud: Cloud) -> None:
    off = "Cloud Resource Manager API has not been used in project 123 before or it is disabled."
    cloud.says(GET, Refusal(403, off))
    with pytest.raises(OperationError) as caught:
        account.identity(dev)
    assert "make bootstrap" in caught.value.fix


def test_whom_the_stack_acts_as_is_asked_as(dev: Environment, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, str | None]] = []

    def credentials(impersonated: str | None, billed: str | None) -> object:
        asked.append((impersonated, billed))
        return object()

    monkeypatch.setattr(api, "credentials", credentials)
    monkeypatch.setattr(api, "resource", lambda service, holder: (service, holder))
    text = dev.stack.read_text()
    dev.stack.write_text(text.replace("config:", "config:\n  gcp:impersonateServiceAccount: ops@x.iam\n", 1))
    first, second = account.client(dev, "compute"), account.client(dev, "storage")
    assert asked == [("ops@x.iam", None)], "once for all clients"
    assert first[1] is second[1]
    assert cloud.calls == []


def test_a_user_is_named_by_what_the_login_wrote(
    dev: Environment, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.says(GET, {"projectId": PROJECT})
    holder = type("User", (), {"account": "ann@acme.dev"})()
    monkeypatch.setattr(account, "holder", lambda _environment: holder)
    monkeypatch.setattr(api, "resource", lambda service, _holder: api_client(service, tmp_path, cloud))
    assert account.identity(dev).who == "ann@acme.dev"
    holder.account = ""
    assert account.identity(dev).who == "the account that is logged in here"


def api_client(service: str, _directory: Path, cloud: Cloud) -> object:
    """A client with the fixture's credentials."""
    from google.auth import default

    holder, _ = default(scopes=api.SCOPES)
    from google_auth_httplib2 import AuthorizedHttp
    from googleapiclient import discovery

    address = f"{cloud.url}/{service}/"
    options = {"api_endpoint": address}
    return discovery.build(
        service, api.VERSIONS[service], http=AuthorizedHttp(holder), static_discovery=True, client_options=options
    )


@pytest.mark.parametrize(
    ("reason", "said", "fix"),
    [
        (RefreshError("invalid_grant: Bad Request"), "not taken any more", "application-default login"),
        (DefaultCredentialsError("none"), "no credentials", "application-default login"),
        (ConnectionRefusedError(111, "Connection refused"), "can't be reached", "online"),
    ],
    ids=["expired", "none", "offline"],
)
def test_what_goes_wrong_is_told_by_its_kind(reason: Exception, said: str, fix: str) -> None:
    with pytest.raises(OperationError, match=said) as caught, account.asking("No host was made."):
        raise reason
    assert fix in caught.value.fix
    assert caught.value.consequence == "No host was made."


def test_no_network_is_not_taken_for_wrong_credentials(
    dev: Environment, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.loads((tmp_path / "credentials.json").read_text()) | {"token_uri": "http://127.0.0.1:9/token"}
    (tmp_path / "credentials.json").write_text(json.dumps(said))
    with pytest.raises(OperationError, match="can't be reached"):
        account.identity(dev)
    monkeypatch.setenv(api.OVERRIDE.format("CLOUDRESOURCEMANAGER"), "http://127.0.0.1:9/")
    said |= {"token_uri": f"{cloud.url}/token"}
    (tmp_path / "credentials.json").write_text(json.dumps(said))
    account._credentials.cache_clear()
    with pytest.raises(OperationError, match="can't be reached"):
        account.identity(dev)


@pytest.mark.parametrize("missing", ["google.auth", "googleapiclient"])
def test_without_the_library_the_command_that_installs_it(
    dev: Environment, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(account, "holder", lambda _environment: api.credentials() if "auth" in missing else None)
    with pytest.raises(OperationError, match="is not installed here") as caught:
        account.client(dev, "compute")
    assert caught.value.fix == "locks/install.sh base gcp"
