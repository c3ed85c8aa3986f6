"""Living beside a firewall whose FORWARD chain drops (Docker's, ufw's).

An accept in our own nft table does not overrule it, so our rules go into that chain too.
"""

import shlex
import shutil

from rehearsal.hosts.errors import run


def chain(tool: str) -> str | None:
    """The chain our rules belong in; None where nothing would drop our packets."""
    if shutil.which(tool) is None:
        return None
    rules = run([tool, "-w", "-S"]).splitlines()
    if "-N DOCKER-USER" in rules:
        return "DOCKER-USER"
    return "FORWARD" if "-P FORWARD DROP" in rules else None


def present() -> bool:
    """Whether Docker's chains are there, and with them its need of forwarding."""
    return chain("iptables") == "DOCKER-USER"


def comment(environment: str) -> str:
    """The mark by which we know our own rules."""
    return f"shoestring-rehearsal-{environment}"


def rules(tool: str, bridge: str, subnet4: str, outs: list[str]) -> list[list[str]]:
    """What is to be accepted, last first since each is inserted at the top.

    Bridge to bridge is there because Docker may have the kernel send bridged packets through FORWARD as well.
    """
    found = [["-i", bridge, "-o", bridge]]
    if tool == "iptables":
        for out in outs:
            found += [
                ["-i", bridge, "-o", out, "-s", subnet4],
                [
                    "-i",
                    out,
                    "-o",
                    bridge,
                    "-d",
                    subnet4,
                    "-m",
                    "conntrack",
                    "--ctstate",
                    "RELATED,ESTABLISHED",
                ],
            ]
    return found


def allow(environment: str, bridge: str, subnet4: str, outs: list[str]) -> None:
    """Insert our rules, replacing what an earlier run left."""
    disallow(environment)
    for tool in ("iptables", "ip6tables"):
        name = chain(tool)
        for rule in rules(tool, bridge, subnet4, outs) if name else []:
            mark = ["-m", "comment", "--comment", comment(environment), "-j", "ACCEPT"]
            run([tool, "-w", "-I", str(name), *rule, *mark])


def disallow(environment: str) -> None:
    """Remove every rule that carries our mark."""
    for tool in ("iptables", "ip6tables"):
        if shutil.which(tool) is None:
            continue
        for line in run([tool, "-w", "-S"]).splitlines():
            words = shlex.split(line)
            if words[:1] == ["-A"] and comment(environment) in words:
                run([tool, "-w", "-D", *words[1:]])
