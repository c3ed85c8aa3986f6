"""Stands in for the AWS CLI where a rehearsal needs it: `aws ec2-instance-connect open-tunnel`, without an endpoint.

Its connection comes from this machine, whose address on the bridge is one of the network's, as the endpoint's would be.
It imports nothing but the standard library and rehearsal/tunnel.py: each connection of ssh waits for it.
"""

from __future__ import annotations

import argparse
import os
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree

from rehearsal.tunnel import carry, connected

VERSION = "2016-11-15"  # of EC2's API


def address(server: str, instance: str, region: str) -> str:
    """The private address of an instance, as the emulated account has it. Raises SystemExit if it has none."""
    if urllib.parse.urlsplit(server).hostname != "127.0.0.1":
        raise SystemExit(f"AWS_ENDPOINT_URL is {server!r}, which is no rehearsal's account")
    form = urllib.parse.urlencode({"Action": "DescribeInstances", "Version": VERSION, "InstanceId.1": instance})
    # Only the region is read of it.
    scope = f"AWS4-HMAC-SHA256 Credential=rehearsal/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=0"
    request = urllib.request.Request(server, form.encode(), {"Authorization": scope})  # noqa: S310 - the loopback
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the loopback
            text = answer.read()
    except urllib.error.HTTPError:  # the account says so of an id that it does not know
        raise SystemExit(f"{instance} is not in the emulated account") from None
    except OSError as reason:
        raise SystemExit(f"The emulated account at {server} does not answer: {reason}") from None
    found = ElementTree.fromstring(text).findtext(".//{*}instancesSet/{*}item/{*}privateIpAddress")  # noqa: S314
    if not found:
        raise SystemExit(f"{instance} is not in the emulated account")
    return found


def main() -> None:
    """The one command of the CLI that is understood; any other ends in argparse's error."""
    parser = argparse.ArgumentParser(prog="aws")
    parser.add_argument("service", choices=["ec2-instance-connect"])
    parser.add_argument("command", choices=["open-tunnel"])
    parser.add_argument("--instance-id", required=True)
    parser.add_argument("--remote-port", required=True, type=int)
    parser.add_argument("--region", required=True)
    said = parser.parse_args()
    there = address(os.environ.get("AWS_ENDPOINT_URL", ""), said.instance_id, said.region)
    carry(connected(there, said.remote_port))


if __name__ == "__main__":
    main()
