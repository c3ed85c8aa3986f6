"""The one place where a Footprint's reference to a secret becomes its value: on the controller. Hosts ask no store."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from ansible.errors import AnsibleLookupError  # type: ignore[import-untyped, unused-ignore]

from ansible.plugins.lookup import LookupBase  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

DOCUMENTATION = """
name: secret
short_description: the value that a reference to a secret stands for
description:
  - vault:<variable> is a variable of the environment's vault.
  - aws-sm:<arn> is fetched from AWS Secrets Manager with the controller's own credentials. What is a JSON object there
    comes as a mapping, all else as text.
  - gcp-sm:projects/<p>/secrets/<s>/versions/<v> is fetched from Google's Secret Manager in the same way.
  - Nothing keeps it longer than the run, and no message holds it. Use it where the task or the file is a secret.
options:
  _terms:
    description: references, as a Footprint has them
    required: true
"""

ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:\S+")
NOTHING = "So nothing that needs it was changed."


class LookupModule(LookupBase):  # type: ignore[misc]  # its base has no types
    """`lookup('secret', 'aws-sm:arn:...')`."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **_options: Any) -> list[Any]:
        """The values. Raises AnsibleLookupError with the reference, what kept it, and what to do."""
        return [self._value(term, variables or {}) for term in terms]

    def _value(self, reference: str, variables: dict[str, Any]) -> Any:
        store, _, name = reference.partition(":")
        if store == "vault":
            if name not in variables:
                raise _refused(reference, "is not in the vault", "ansible-vault edit the environment's vault.yml")
            return self._templar.template(variables[name])
        if store == "aws-sm":
            return of_aws(name)
        if store == "gcp-sm":
            return of_google(name)
        shown = "(not shown, it may be a value)"
        raise _refused(shown, "is in a store that nobody looks into", "put its value into the vault")


@cache
def of_google(name: str) -> Any:
    """What Google's Secret Manager holds under `name`. Asked once a run. Raises AnsibleLookupError."""
    from ops.cloud.gcp import secret
    from ops.errors import OperationError

    try:
        return _parsed(secret.read(name))
    except OperationError as reason:
        raise _refused(f"gcp-sm:{name}", f"can't be fetched ({reason.cause.rstrip('.')})", reason.fix) from None


@cache
def of_aws(arn: str) -> Any:
    """What Secrets Manager holds under `arn`. Asked once a run. Raises AnsibleLookupError."""
    reference, found = f"aws-sm:{arn}", ARN.fullmatch(arn)
    if found is None:
        raise _refused(reference, "is no ARN of a secret", "run `make footprint`, which writes it")
    fetch = _fetcher(reference, found[1])
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = fetch(SecretId=arn)
    except ClientError as reason:
        error = reason.response.get("Error", {})
        fix = "log in as a role that may (secretsmanager:GetSecretValue on it, kms:Decrypt on its key)"
        raise _refused(reference, f"is refused by AWS ({error.get('Code')}: {error.get('Message')})", fix) from None
    except BotoCoreError as reason:
        raise _refused(reference, f"can't be fetched ({reason})", "aws sso login, or export AWS_PROFILE=...") from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise _refused(reference, "holds bytes", "write its value as text, or as a JSON object")
    return _parsed(text)


def _fetcher(reference: str, region: str) -> Callable[..., dict[str, Any]]:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError as reason:
        raise _refused(reference, f"needs {reason.name}, which is not here", "locks/install.sh base aws") from None
    patience = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
    try:
        client = boto3.Session().client("secretsmanager", region_name=region, config=patience)
    except BotoCoreError as reason:  # a profile that is not there
        raise _refused(reference, f"can't be fetched ({reason})", "aws sso login, or export AWS_PROFILE=...") from None
    return client.get_secret_value  # type: ignore[no-any-return]  # boto3 has no types


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def _refused(reference: str, why: str, fix: str) -> AnsibleLookupError:
    return AnsibleLookupError(f"The secret {reference} {why}. {NOTHING} Fix: {fix}.")
