"""An index that Lynis did not come to is no figure."""

from __future__ import annotations

import pytest

from benchmarks import hardening


def test_the_index_is_read_from_the_report() -> None:
    assert hardening.index("tests_executed=FILE-1\nhardening_index=71\nfinish=true\n") == 71


@pytest.mark.parametrize("report", ["", "hardening_index=\n", "suggestion[]=hardening_index=71\n"])
def test_a_report_without_one_is_an_error(report: str) -> None:
    """A run that broke off would else be the best of all."""
    with pytest.raises(RuntimeError, match="no index"):
        hardening.index(report)
