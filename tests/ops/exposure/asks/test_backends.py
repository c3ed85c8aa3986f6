"""Round the proxy: what nginx refuses is counted, what it does not is named; what the firewall closes is no proof."""

from __future__ import annotations

from typing import Any

import pytest

from ops.exposure.asks import backends


def judged(own: Any, without: Any = 400, *, proxy: bool = False) -> tuple[int, list[str]]:
    report = backends.judge("app2", 8443, {"app1": {"without": without, "own": own}}, proxy=proxy)
    return report.checked["backends"], [one.what for one in report.problems]


def test_refusals_are_counted() -> None:
    assert judged(403) == (2, [])
    assert judged(403, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required") == (2, [])


def test_a_proxys_own_certificate_is_the_right_one() -> None:
    assert judged(200, proxy=True) == (1, [])


@pytest.mark.parametrize("status", [200, 404, 502, "timed out"])
def test_whoever_else_gets_an_answer_is_named(status: int | str) -> None:
    assert judged(status) == (2, [f"with the certificate of app2 it gets {status}, not 400 or 403"])
    assert judged(403, status) == (2, [f"without a certificate it gets {status}, not 400 or 403"])


def test_what_is_closed_is_not_counted_as_refused() -> None:
    """Else a nginx that is down would be the safest."""
    assert judged("closed", "closed") == (0, [])
