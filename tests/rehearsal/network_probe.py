"""Runs as root inside a network namespace that plays the controller: the real rules, a host and the world.

    world 198.51.100.2 --- out0 198.51.100.1 [controller] shoex0 10.79.66.1 --- host 10.79.66.11

Prints one JSON mapping of what got through.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rehearsal.hosts import docker, network, state

CLAIM = {
    "bridge": "shoex0",
    "subnet4": "10.79.66.0/24",
    "gateway4": "10.79.66.1",
    "subnet6": "fd79:66::/64",
    "gateway6": "fd79:66::1",
}
LISTEN = """
import socket
s = socket.create_server(("0.0.0.0", 7))
print("ready", flush=True)
while True:
    c, a = s.accept()
    c.sendall(a[0].encode())
    c.close()
"""
ASK = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], 7), timeout=0.7) as c:
        print(c.recv(64).decode())
except OSError:
    print("closed")
"""


def sh(line: str) -> str:
    """Run a command line, failing loudly."""
    return subprocess.run(line.split(), check=True, capture_output=True, text=True).stdout


def ask(namespace: str, address: str) -> str:
    """What a client in `namespace` hears from port 7: the address it was seen with, or `closed`."""
    inside = [*namespace.split(), sys.executable, "-c", ASK, address]
    return subprocess.run(inside, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Lay the wires, make the network, probe, remove it, probe what is left."""
    state.ROOT = Path(tempfile.mkdtemp())
    sleepers = [subprocess.Popen(["unshare", "--net", "sleep", "60"]) for _ in range(2)]
    try:
        print(json.dumps(probe(*[process.pid for process in sleepers])))
    finally:
        for process in sleepers:
            process.kill()


def probe(host_pid: int, world_pid: int) -> dict[str, object]:
    """All questions, in order."""
    sh("ip link set lo up")
    network.FORWARD.write_text("0")  # a new namespace may take over the machine's own
    while any(Path(f"/proc/{pid}/comm").read_text() != "sleep\n" for pid in (host_pid, world_pid)):
        pass
    host, world = (f"nsenter --target {pid} --net" for pid in (host_pid, world_pid))
    sh(f"ip link add out0 type veth peer name eth0 netns {world_pid}")
    sh("ip address add 198.51.100.1/24 dev out0")
    sh("ip link set out0 up")
    sh("ip route add default via 198.51.100.2")
    if "dropping" in sys.argv:
        sh("iptables -P FORWARD DROP")
        sh("iptables -N DOCKER-USER")
        sh("iptables -I FORWARD -j DOCKER-USER")
    firewall = docker_rules()
    network.ensure("probe", CLAIM)
    sh(f"ip link add vb0 type veth peer name host0 netns {host_pid}")
    sh("ip link set vb0 master shoex0 up")
    for line in (
        f"{host} ip address add 10.79.66.11/24 dev host0",
        f"{host} ip link set host0 up",
        f"{host} ip route add default via 10.79.66.1",
        f"{world} ip address add 198.51.100.2/24 dev eth0",
        f"{world} ip link set eth0 up",
        f"{world} ip route add default via 198.51.100.1",
    ):
        sh(line)
    listeners = [
        subprocess.Popen([*where.split(), sys.executable, "-c", LISTEN], stdout=subprocess.PIPE)
        for where in (host, world)
    ]
    for listener in listeners:
        assert listener.stdout is not None
        listener.stdout.readline()
    try:
        found: dict[str, object] = {
            "controller to host": ask("", "10.79.66.11"),
            "host to world": ask(host, "198.51.100.2"),
            "world to host": ask(world, "10.79.66.11"),
            "forwarding": network.FORWARD.read_text().strip(),
        }
        network.ensure("probe", CLAIM)
        found["host to world after a second run"] = ask(host, "198.51.100.2")
        if "dropping" not in sys.argv:
            # The probe has to notice an open door, or it proves nothing.
            sh("nft delete table inet shoestring-rehearsal-probe")
            found["world to host without the table"] = ask(world, "10.79.66.11")
    finally:
        for listener in listeners:
            listener.kill()
    sh("ip link delete vb0")
    network.remove("probe", CLAIM)
    network.remove("probe", CLAIM)
    network.restore_forwarding()
    found["left"] = {
        "tables": [line for line in sh("nft list tables").splitlines() if "shoestring" in line],
        "links": [link for link in network.links() if link.startswith("shoe")],
        "firewall is as before": docker_rules() == firewall,
        "forwarding": network.FORWARD.read_text().strip(),
    }
    return found


def docker_rules() -> str:
    """The FORWARD chain and Docker's."""
    return sh("iptables -S") if docker.chain("iptables") else ""


if __name__ == "__main__":
    main()
