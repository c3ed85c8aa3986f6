"""The emulated account: moto's server, and what has this process ask it for AWS."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from ops import files
from ops.environment import ROOT
from ops.rehearse import account
from ops.rehearse.place import Rehearsed

if TYPE_CHECKING:
    from rehearsal.aws.account import Account

IMAGES, TUNNEL = "images.json", "aws"


def ensure(environment: Rehearsed) -> Account:
    """The account, begun anew if its server does not run. It takes the place of AWS for this process from now on."""
    from rehearsal.aws import images

    server = account.process(environment)
    if not server.alive:
        url = f"http://127.0.0.1:{(port := account.free_port())}"
        environment.planes.mkdir(mode=0o700, parents=True, exist_ok=True)
        offered = [images.definition(environment.settings().image)]
        files.write(environment.planes / IMAGES, json.dumps(offered))
        server.start(
            [sys.executable, "-m", "rehearsal.aws.server", str(port), environment.planes],
            {"MOTO_AMIS_PATH": str(environment.planes / IMAGES)},
            lambda: answers(url),
            seconds=60,
        )
        account.surround(environment, _surroundings(environment, url))
    account.enter(environment)
    return _account(environment)


def use(environment: Rehearsed, access: str, secret: str) -> None:
    """From now on this key is the controller's."""
    account.surround(environment, {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret})
    account.enter(environment)


def answers(url: str) -> bool:
    """Whether a moto server is there."""
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
