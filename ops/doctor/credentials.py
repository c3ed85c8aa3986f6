"""The vault and its key, and for a cloud who this machine is there."""

from __future__ import annotations

from collections.abc import Iterator

from infra import api_keys
from infra.checks import vault as content
from infra.problems import SettingsError
from ops import vault
from ops.doctor.line import CONTROLLER, FAIL, OK, WARN, Line, env, plural, refused
from ops.environment import Environment
from ops.errors import OperationError

VAULT, CLOUD = "vault", "cloud login"


def lines(environment: Environment) -> Iterator[Line]:
    yield opened(environment)
    if environment.cloud:
        yield logged_in(environment)


def opened(environment: Environment) -> Line:
    """Whether the key opens the vault, and every secret in it is one."""
    path, make = environment.vault, f"make up {env(environment)}"
    if not path.is_file():
        if (environment.state / "ca.pem").is_file():  # a CA was made, so there was one
            return Line(FAIL, VAULT, CONTROLLER, f"{path} is gone", f"Bring it back from git or a backup; else: {make}")
        return Line(WARN, VAULT, CONTROLLER, "there is none yet", f"{make} makes it")
    try:
        variables = vault.read(path, vault.key())
        content.check(path, variables)
    except OperationError as error:
        return refused(VAULT, error)
    except SettingsError as error:
        return Line(FAIL, VAULT, CONTROLLER, str(error), f"ansible-vault edit {path}")
    except OSError as error:
        return Line(FAIL, VAULT, CONTROLLER, f"{path} can't be read: {error.strerror}", f"ls -l {path}")
    keys = len(variables.get(api_keys.VARIABLE) or {})
    return Line(OK, VAULT, CONTROLLER, f"opens: {len(variables)} variables, {plural(keys, 'API key')}")


def logged_in(environment: Environment) -> Line:
    """Asks the cloud who is asking: that there are credentials says little."""
    from ops.cloud import part

    try:
        identity = part(environment, "account").identity(environment)
    except OperationError as error:
        return refused(CLOUD, error)
    return Line(OK, CLOUD, CONTROLLER, identity.who)
