"""What listens on this host for others, and the addresses at which others find it.

Prints JSON: {"links": [[address, ...], ...], "tcp": [port, ...], "udp": [[port, program], ...]}; loopback is left out.
"""

import ipaddress
import json
import re
import subprocess
from collections.abc import Iterator

PROGRAM = re.compile(r'\(\("([^"]*)"')


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def sockets(kind: str) -> Iterator[tuple[int, str]]:
    """(port, program) of each listening socket that is not on a loopback address."""
    for line in output("ss", "-H", "-l", "-n", "-p", kind).splitlines():
        fields = line.split()
        address, _, port = fields[3].rpartition(":")
        address = address.partition("%")[0].strip("[]")
        if address != "*" and ipaddress.ip_address(address).is_loopback:
            continue
        program = PROGRAM.search(line)
        yield int(port), program[1] if program else "?"


def links() -> Iterator[list[str]]:
    """Per interface the addresses that other machines can send to: no loopback, no link-local ones."""
    for link in json.loads(output("ip", "-json", "address")):
        infos = [each for each in link.get("addr_info", []) if each.get("scope") == "global"]
        if infos:
            yield [each["local"] for each in infos if not each.get("deprecated")]


if __name__ == "__main__":
    found = {name: sorted(set(sockets(option))) for name, option in (("tcp", "-t"), ("udp", "-u"))}
    print(json.dumps({"links": list(links()), "tcp": sorted({port for port, _ in found["tcp"]}), "udp": found["udp"]}))
