"""The emulated account in this process, for as long as a block lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

import boto3
import botocore.session
from botocore.loaders import create_loader
from moto import mock_aws

from rehearsal.aws import images
from rehearsal.aws.account import Account

# No profile or key of the person at the keyboard is read, and moto makes none of its own images, which take seconds.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "rehearsal",
    "AWS_SECRET_ACCESS_KEY": "rehearsal",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}
LOADER = create_loader()
"""Reads botocore's models, which takes a second, once for all accounts."""


@contextmanager
def account(region: str, image_names: Sequence[str] = ()) -> Iterator[Account]:
    """An empty account in moto, which offers Debian images of these names. Gone, with all in it, at the end."""
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        os.environ.pop("AWS_PROFILE", None)
        session = botocore.session.get_session()
        session.register_component("data_loader", LOADER)
        here = Account(boto3.Session(botocore_session=session, region_name=region))
        images.offer(here, image_names)
        yield here
