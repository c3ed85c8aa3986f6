"""The emulated project takes Google's place for a verb, gives tokens to who signs for one, and its end is said."""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

from ops.cloud.gcp import account as google
from ops.cloud.gcp import secret
from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.rehearse import account
from ops.rehearse.gcp import account as gcp
from ops.rehearse.gcp import cloud
from ops.rehearse.place import Rehearsed
from rehearsal import program
from tests.rehearsal.gcp.projects import LOGIN

PERSONAL = {
    "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": "/mine",
    "GOOGLE_APPLICATION_CREDENTIALS": "/mine.json",
    "GOOGLE_CLOUD_QUOTA_PROJECT": "mine",
    "STORAGE_EMULATOR_HOST": "http://mine",
}


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    """What a person may have set, and has again afterwards."""
    with patch.dict(os.environ, PERSONAL):
        yield


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    """A rehearsal of gcp-prod whose project's server runs, with all that the program makes."""
    root = tmp_path_factory.mktemp("clone")
    (root / "stacks").mkdir()
    shutil.copy(ROOT / "stacks/Pulumi.gcp-prod.yaml", root / "stacks")
    made = Rehearsed.of("gcp-prod", root)
    made.write()
    (made.directory / "deploy.pub").write_text(f"{LOGIN} x\n")
    with patch.dict(os.environ, PERSONAL):
        program.run(made.stack, cloud.provider(made), stacks=made.directory.parent)
    yield made
    account.process(made).stop()


def verb(standing: Rehearsed) -> Environment:
    """The environment as any other verb has it."""
    return Environment.resolve(standing.name, standing.root)


def test_from_then_on_this_process_asks_it_for_google_cloud(standing: Rehearsed) -> None:
    gcp.ensure(standing)
    for service in ("COMPUTE", "SECRETMANAGER", "CLOUDRESOURCEMANAGER", "STS"):
        where = os.environ[f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}"]
        assert urlsplit(where).hostname == "127.0.0.1", service
    who = google.identity(standing)
    assert (who.account, who.who) == ("example-shoestring", gcp.email(standing))


def test_nothing_of_the_person_s_own_is_used(standing: Rehearsed) -> None:
    account.enter(standing)
    assert not {"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "GOOGLE_CLOUD_QUOTA_PROJECT", "STORAGE_EMULATOR_HOST"} & set(
        os.environ
    )
    assert Path(os.environ["GOOGLE_APPLICATION_CREDENTIALS"]).is_relative_to(standing.planes)
    assert os.environ["NO_GCE_CHECK"] == "true", "this machine may be one in a cloud"
    pid = json.loads((standing.planes / "account.json").read_text())["pid"]
    assert b"/mine" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_without_a_token_it_tells_nothing(standing: Rehearsed) -> None:
    gcp.ensure(standing)
    url = f"{os.environ['CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE']}projects/example-shoestring/global/firewalls"
    for headers in ({}, {"Authorization": "Bearer ya29.nobody"}):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5)  # noqa: S310 - the loopback


def test_the_database_s_password_is_read_as_from_secret_manager(standing: Rehearsed) -> None:
    here = gcp.ensure(standing)
    (version,) = here.of("gcp:secretmanager/secretVersion:SecretVersion")
    assert secret.read(version.id) == version.inputs["secretData"]
    with pytest.raises(OperationError, match=r"refused \(404\)"):
        secret.read(version.id.replace("/versions/1", "/versions/2"))


def test_what_the_program_made_opens_what_the_table_says(standing: Rehearsed) -> None:
    """Through the APIs that a real project has, by the code that asks a real one."""
    from ops.drift import account as drift

    gcp.ensure(standing)
    assert drift.openings(verb(standing)) == []


def test_keys_and_tokens_are_their_owner_s_alone(standing: Rehearsed) -> None:
    gcp.ensure(standing)
    assert google.identity(standing)
    secrets = [standing.planes / "controller.json", standing.planes / account.SURROUNDINGS]
    secrets += [path for path in (standing.planes / "gcs").rglob("*") if path.is_file()]
    secrets.append(standing.planes / "registry.json")  # it has the secret's value
    assert len(secrets) > 4
    assert {path.stat().st_mode & 0o077 for path in (standing.planes, standing.planes / "gcs", *secrets)} == {0}


def test_its_end_is_said_with_what_begins_anew(standing: Rehearsed) -> None:
    account.process(standing).stop()
    with pytest.raises(OperationError, match="'gcp-prod-rehearsed' is gone") as caught:
        account.enter(standing)
    assert "make rehearse ENV=gcp-prod KEEP=1" in caught.value.fix
