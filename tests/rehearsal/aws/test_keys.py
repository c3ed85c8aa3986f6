"""Keys of the emulated STS: the same for as long as they last, under ids that the S3 gateway takes, and private."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from rehearsal.aws import keys
from rehearsal.planes.wanted import Key

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


class Sts:
    """Gives a new key each time, which is good until `until`."""

    def __init__(self, until: datetime, access: str = "ASIA") -> None:
        self.until, self.access, self.asked = until, access, 0

    def __call__(self) -> dict[str, Any]:
        self.asked += 1
        given = {"AccessKeyId": f"{self.access}KEY{self.asked}", "SecretAccessKey": f"secret {self.asked}"}
        return {"Credentials": given | {"SessionToken": "token", "Expiration": self.until}}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_a_key_is_kept_until_a_run_could_outlast_it(kept: Path) -> None:
    sts = Sts(NOW + keys.LEAST + timedelta(minutes=1))
    first = keys.ask(kept, "controller", sts, NOW)
    assert keys.ask(kept, "controller", sts, NOW + timedelta(minutes=1)) == first, "a run that is repeated changes none"
    assert sts.asked == 1
    later = keys.ask(kept, "controller", sts, NOW + timedelta(minutes=1, seconds=1))
    assert later != first, "it would end within the run that began with it"
    assert sts.asked == 2


def test_the_end_is_a_time_whatever_zone_it_was_said_in(kept: Path) -> None:
    east = timezone(timedelta(hours=9))
    sts = Sts((NOW + keys.LEAST + timedelta(hours=1)).astimezone(east))
    first = keys.ask(kept, "controller", sts, NOW)
    assert keys.ask(kept, "controller", sts, NOW + timedelta(minutes=59)) == first
    assert keys.ask(kept, "controller", sts, NOW + timedelta(minutes=61)) != first


def test_by_this_machine_s_clock_if_no_other_is_given(kept: Path) -> None:
    ends = Sts(datetime.now(UTC) + keys.LEAST - timedelta(minutes=1))
    assert keys.ask(kept, "one", ends) != keys.ask(kept, "one", ends)
    lasts = Sts(datetime.now(UTC) + keys.LEAST + timedelta(minutes=1))
    assert keys.ask(kept, "two", lasts) == keys.ask(kept, "two", lasts)


def test_each_has_a_key_of_its_own_in_one_file(kept: Path) -> None:
    sts = Sts(NOW + timedelta(hours=1))
    controller, role = (keys.ask(kept, whose, sts, NOW) for whose in ("controller", "arn:role"))
    assert controller != role
    assert (keys.ask(kept, "controller", sts, NOW), keys.ask(kept, "arn:role", sts, NOW)) == (controller, role)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("ASIA", "TEMPKEY1"), ("AKIA", "AKIAKEY1"), ("AKIAASIA", "AKIATEMPKEY1"), ("ASIAASIA", "TEMPASIAKEY1")],
)
def test_no_id_begins_as_one_of_a_session_does(kept: Path, theirs: str, ours: str) -> None:
    key = keys.ask(kept, "controller", Sts(NOW + timedelta(hours=1), theirs), NOW)
    assert key == Key(ours, "secret 1"), "the gateway would ask for a session's token"
    assert keys.ask(kept, "controller", Sts(NOW), NOW) == key, "nor when it is read from the file"


def test_secrets_are_their_owners_alone(kept: Path) -> None:
    key = keys.ask(kept, "controller", Sts(NOW + timedelta(hours=1)), NOW)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "token" not in json.loads(kept.read_text())["controller"].values(), "nothing here uses it"
    assert key.secret not in repr(key)
