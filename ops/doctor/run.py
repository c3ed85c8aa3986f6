"""Everything at once. What breaks is a line like others, and takes nothing else with it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from infra.footprint import Footprint
from infra.problems import SettingsError
from ops.doctor import controller, credentials, front, hosts, private, state, tables
from ops.doctor.line import CONTROLLER, FAIL, WARN, Check, Line, env, refused
from ops.environment import Environment
from ops.errors import OperationError

SETTINGS = "settings"
# Those that every environment has when all is well; a cloud's has three more.
TOPICS = (
    *(controller.TOOLS, controller.PACKAGES, controller.ROOM, credentials.VAULT, state.LOCK),
    *(private.FILES, private.GIT, tables.PRICES, tables.DRIFT, front.TOPIC, *hosts.TOPICS),
)
OF_CLOUDS = (controller.PULUMI, credentials.CLOUD, state.BACKEND)


def lines(environment: Environment) -> list[Line]:
    """All that there is to say, in the order of the screen."""
    footprint, problem = _footprint(environment)
    checks = [
        Check((controller.TOOLS,), lambda: controller.lines(environment)),
        Check((credentials.VAULT,), lambda: credentials.lines(environment)),
        Check((state.LOCK,), lambda: state.lines(environment)),
        Check((private.FILES,), lambda: private.lines(environment)),
        Check((tables.PRICES,), lambda: tables.lines(environment)),
    ]
    if footprint is not None:
        there = footprint
        checks += [
            Check((front.TOPIC,), lambda: [front.line(environment, there)]),
            Check((hosts.REACHABLE,), lambda: hosts.lines(environment, there)),
        ]
    with ThreadPoolExecutor(len(checks)) as pool:
        found = [line for some in pool.map(lambda check: looked(check, environment), checks) for line in some]
    return found + ([problem] if problem else [])


def looked(check: Check, environment: Environment) -> Iterable[Line]:
    """The check's lines; if it breaks, one that names it."""
    try:
        return list(check.run())
    except (OperationError, SettingsError) as error:
        if isinstance(error, OperationError):
            return [refused(check.topics[0], error)]
        return [_unsettled(error, environment)]
    except Exception as reason:  # noqa: BLE001 - a doctor that falls over tells nothing of the rest
        where = f"could not be looked at: {type(reason).__name__}: {reason}"
        fix = f"make verify {env(environment)} looks another way; what broke here is a fault of Shoestring's: report it"
        return [Line(FAIL, " and ".join(check.topics), CONTROLLER, where, fix)]


def _footprint(environment: Environment) -> tuple[Footprint | None, Line | None]:
    """The Footprint, or why there is none."""
    try:
        return environment.check(), None
    except OperationError as error:
        # Nothing was made yet, which is no fault; a Footprint in two forms is.
        state = WARN if not (environment.state / "known_hosts").is_file() else FAIL
        return None, Line(state, SETTINGS, CONTROLLER, error.cause, error.fix)
    except SettingsError as error:
        return None, _unsettled(error, environment)


def _unsettled(error: SettingsError, environment: Environment) -> Line:
    text = " ".join(str(error).split())
    return Line(FAIL, SETTINGS, CONTROLLER, text, f"Correct what it names, then: make doctor {env(environment)}")
