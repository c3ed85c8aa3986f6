"""The emulated account of a rehearsal: a server on the loopback, and what makes this process its user."""

from __future__ import annotations

import json
import os
import socket
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from ops import files
from ops.environment import ROOT
from ops.errors import OperationError
from ops.rehearse.place import Rehearsed
from rehearsal.planes.process import Process

if TYPE_CHECKING:
    from rehearsal.aws.account import Account

SURROUNDINGS = "surroundings.json"
FORGOTTEN = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE")
IMAGES, TUNNEL = "images.json", "aws"


def process(environment: Rehearsed) -> Process:
    return Process("account", environment.planes)


def ensure(environment: Rehearsed) -> Account:
    """The account, begun anew if its server does not run. It takes the place of AWS for this process from now on."""
    from rehearsal.aws import images

    server = process(environment)
    if not server.alive:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment.planes.mkdir(mode=0o700, parents=True, exist_ok=True)
        offered = [images.definition(environment.settings().image)]
        files.write(environment.planes / IMAGES, json.dumps(offered))
        url = f"http://127.0.0.1:{port}"
        server.start(
            [sys.executable, "-m", "rehearsal.aws.server", str(port), environment.planes],
            {"MOTO_AMIS_PATH": str(environment.planes / IMAGES)},
            lambda: answers(url),
            seconds=60,
        )
        files.write(environment.planes / SURROUNDINGS, json.dumps(_surroundings(environment, url), indent=2), 0o600)
    enter(environment)
    return _account(environment)


def enter(environment: Rehearsed) -> None:
    """Has this process, and what it starts, ask the emulated account for AWS. Raises OperationError if it is gone."""
    path = environment.planes / SURROUNDINGS
    if not path.is_file() or not process(environment).alive:
        raise OperationError(
            f"The emulated account of {environment.name!r} is gone: it lives as long as its server.",
            "Nothing was done.",
            f"make rehearse ENV={environment.rehearses} KEEP=1, which begins anew",
        )
    for name in FORGOTTEN:
        os.environ.pop(name, None)
    said = json.loads(path.read_text())
    os.environ.update(said | {"PATH": f"{environment.planes / 'bin'}:{os.environ['PATH']}"})


def use(environment: Rehearsed, access: str, secret: str) -> None:
    """From now on this key is the controller's."""
    path = environment.planes / SURROUNDINGS
    said = json.loads(path.read_text()) | {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}
    files.write(path, json.dumps(said, indent=2), 0o600)
    enter(environment)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=2) as answer:  # noqa: S310 - our own
            return bool(answer.status == 200)
    except OSError:
        return False


def _account(environment: Rehearsed) -> Account:
    import boto3

    from rehearsal.aws.account import Account

    region = environment.settings().region
    return Account(boto3.Session(region_name=region), os.environ["AWS_ENDPOINT_URL"])


def _surroundings(environment: Rehearsed, url: str) -> dict[str, str]:
    """No profile or key of the person at the keyboard is read, and no machine's own identity is asked for."""
    tunnel = environment.planes / "bin" / TUNNEL
    files.write(tunnel, f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m rehearsal.aws.tunnel "$@"\n', 0o755)
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
