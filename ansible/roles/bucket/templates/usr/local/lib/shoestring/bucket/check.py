"""Use the gateway as its clients do and as strangers might; a line per check, exit code 1 if any fails."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from typing import Any

from s3 import Client, Keys, root_keys, settings, user_keys

UNIT = "versitygw.service"
OBJECT = f"shoestring-check-{os.getpid()}"
CONTENT = os.urandom(64)
OK, GONE, REFUSED, MISSING = 200, 204, 403, 404  # HTTP status


class Report:
    """Says of each sentence whether it holds, and counts those that don't."""

    failed = 0

    def expect(self, sentence: str, found: Any, wanted: Any) -> None:
        """Print one line: `ok`, or `FAILED` with what was found instead."""
        if found == wanted:
            print(f"ok: {sentence}")
            return
        self.failed += 1
        print(f"FAILED: {sentence} (wanted {wanted}, found {found})")


def status(keys: Keys | None, method: str, bucket: str, query: dict[str, str] | None = None) -> int:
    """The HTTP status that these keys get for a request on the check's own object."""
    return Client(keys).send(method, f"/{bucket}/{OBJECT}", query, CONTENT if method == "PUT" else b"")[0]


def daemon(report: Report, port: int) -> None:
    """The unit runs, and listens where it should."""
    active = _output(["systemctl", "show", "--property=ActiveState,MainPID", "--value", UNIT]).split()
    report.expect(f"{UNIT} is active", active[-1], "active")
    sockets = _output(["ss", "--no-header", "--listening", "--tcp", "--numeric", "--processes"]).splitlines()
    ours = {line.split()[3].rsplit(":", 1)[1] for line in sockets if f"pid={active[0]}," in line}
    report.expect(f"it listens on TCP {port} and on no other port", ours, {str(port)})
    keys = root_keys()
    code, body = Client(keys).send("PATCH", "/list-users")
    hidden = code >= 400 and keys[1].encode() not in body
    report.expect("the administration API is not on the network", hidden, True)


def bucket(report: Report, name: str, access: dict[str, Any], accounts: list[str]) -> None:
    """Over verified TLS the owner can work, readers can read, and nobody else can do anything."""
    owner = access["owner"]
    own = user_keys(owner)
    try:
        report.expect(f"{owner} puts an object into {name}", status(own, "PUT", name), OK)
        body = Client(own).send("GET", f"/{name}/{OBJECT}")[1]
        report.expect(f"{owner} gets the same bytes from {name}", body == CONTENT, True)
        for other in sorted(set(accounts) - {owner}):
            wanted, verb = (OK, "gets it") if other in access["readers"] else (REFUSED, "is refused it")
            keys = user_keys(other)
            report.expect(f"{other} {verb} from {name}", status(keys, "GET", name), wanted)
            report.expect(f"{other} is refused to write to {name}", status(keys, "PUT", name), REFUSED)
            report.expect(f"{other} is refused to delete in {name}", status(keys, "DELETE", name), REFUSED)
        report.expect(f"{name} is refused to those without a key", status(None, "GET", name), REFUSED)
        report.expect(f"{name} is refused to a wrong secret", status((own[0], "wrong"), "GET", name), REFUSED)
        lifted = Client(own).send("DELETE", f"/{name}", {"policy": ""})[0]
        report.expect(f"{owner} can't lift the policy of {name}", lifted, REFUSED)
        report.expect(f"{owner} deletes the object in {name}", status(own, "DELETE", name), GONE)
        report.expect(f"it is gone from {name}", status(own, "GET", name), MISSING)
        kept = _versions(name)
        report.expect(f"{name} keeps the old version under its delete marker", len(kept), 2)
        destroyed = {status(own, "DELETE", name, {"versionId": version}) for version in kept}
        report.expect(f"{owner} can't destroy versions in {name}", destroyed, {REFUSED})
    finally:
        for version in _versions(name):  # a check leaves nothing behind
            status(root_keys(), "DELETE", name, {"versionId": version})


def _versions(name: str) -> list[str]:
    """The ids of all versions and delete markers of the check's object."""
    body = Client(root_keys()).send("GET", f"/{name}", {"versions": "", "prefix": OBJECT})[1]
    tree = ElementTree.fromstring(body)  # noqa: S314 - our own gateway's answer
    found = [*tree.findall("{*}Version/{*}VersionId"), *tree.findall("{*}DeleteMarker/{*}VersionId")]
    return [version.text or "" for version in found]


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> int:
    """Run every check. Returns the exit code."""
    report, wanted = Report(), settings()
    try:
        daemon(report, wanted["port"])
        for name, access in sorted(wanted["buckets"].items()):
            bucket(report, name, access, list(wanted["accounts"]))
    except (OSError, KeyError, ElementTree.ParseError, subprocess.CalledProcessError) as error:
        report.expect("the gateway can be checked", f"{type(error).__name__}: {error}", "an answer")
    if report.failed:
        print(
            f"{report.failed} checks of the bucket failed, so models and backups are not safe here. "
            f"See `journalctl -u {UNIT}` on this host; `make up` repairs what was changed by hand",
            file=sys.stderr,
        )
    return min(report.failed, 1)


if __name__ == "__main__":
    sys.exit(main())
