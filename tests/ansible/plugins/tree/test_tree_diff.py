"""What --diff shows: the real change, and of secrets only that there is one."""

from __future__ import annotations

import json

from ansible.module_utils.tree_apply import run

HIDDEN = "[contents hidden: secret]"


def diff(call) -> list[dict[str, str]]:
    return run(call, diff=True)["diff"]


def test_contents_and_attributes_are_told_apart(spec, wanted):
    run(spec(wanted("etc/a", "one\n"), wanted("etc/b", "same\n")))
    content, attributes = diff(spec(wanted("etc/a", "two\n"), wanted("etc/b", "same\n", 0o600)))
    assert content == {
        "before": "one\n",
        "after": "two\n",
        "before_header": "/etc/a",
        "after_header": "/etc/a",
    }
    assert "mode: 0644" in attributes["before"]
    assert "mode: 0600" in attributes["after"]
    assert "same" not in json.dumps(attributes)


def test_without_diff_nothing_is_collected(spec, wanted):
    assert "diff" not in run(spec(wanted("etc/a", "one\n")))


def test_secrets_are_never_shown(spec, wanted):
    secret, plain = {"mode": 0o600, "secret": True}, {"mode": 0o644, "secret": False}
    told = [
        diff(spec(wanted("etc/keys", "canary1\n", **secret))),
        diff(spec(wanted("etc/keys", "canary2\n", **secret))),
        diff(spec(wanted("etc/keys", "canary3\n", **plain))),
        diff(spec(wanted("etc/keys", "canary4\n", **secret))),
        diff(spec()),
    ]
    for step in told:
        assert HIDDEN in json.dumps(step), step
        assert "canary" not in json.dumps(step), "neither new nor old nor removed contents"
    assert told[1][0]["before"] != told[1][0]["after"], "that it changes is shown"


def test_files_of_others_that_not_everybody_may_read_are_not_shown(spec, wanted, root):
    (root / "etc").mkdir()
    for name in ("a", "b"):
        (root / "etc" / name).write_text("canary\n")
        (root / "etc" / name).chmod(0o600)
    told = json.dumps(diff(spec(wanted("etc/a", "one\n"), absent=("etc/b",))))
    assert "canary" not in told
    assert told.count(HIDDEN) == 3


def test_binary_and_long_files_are_named_not_shown(spec, wanted):
    told = diff(spec(wanted("etc/a", b"\0\1"), wanted("etc/b", "x" * 200_000), wanted("etc/c", b"\xff\xfe")))
    texts = [part["after"] for part in told if part["after_header"] in ("/etc/a", "/etc/b", "/etc/c")]
    assert all("not shown" in text and len(text) < 120 for text in texts)
    assert len(texts) == 3
