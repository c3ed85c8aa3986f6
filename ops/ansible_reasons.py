"""What Ansible and ssh say when a host can't be worked on, in a sentence that tells what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """`pattern` is looked for in the message; its named groups stand in `cause` and `fix`."""

    pattern: re.Pattern[str]
    cause: str
    fix: str

    def told(self, found: re.Match[str]) -> str:
        groups = {name: value or "" for name, value in found.groupdict().items()}
        return f"{self.cause.format(**groups).strip()}\n{self.fix.format(**groups)}"


def _reason(pattern: str, cause: str, fix: str) -> Reason:
    return Reason(re.compile(pattern, re.DOTALL), cause, fix)


HOST_KEY = (
    "On its own console run `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`. If that is the key shown, put what "
    "`cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub` prints into its host_keys in the Footprint."
)
# The first that is found is told: what says more comes first.
REASONS = (
    _reason(
        r"sent by the remote host is\s+(?P<print>SHA256:[A-Za-z0-9+/=]+)\.",
        "It showed the host key {print}, and the Footprint has another: it was installed anew, or somebody answers in "
        "its place. It was not logged in to.",
        HOST_KEY,
    ),
    _reason(
        r"Host key verification failed|No \S+ host key is known",
        "It showed a host key of a type that the Footprint has none of. It was not logged in to.",
        HOST_KEY,
    ),
    _reason(
        r"(?P<login>[\w.-]+@[\w.:-]+): Permission denied \((?P<ways>[\w,-]+)\)",
        "It refused the login {login} ({ways}).",
        "Put your public key into that user's ~/.ssh/authorized_keys on it, or correct ssh.user in the Footprint. "
        "Then `ssh {login}` must get in without a password.",
    ),
    _reason(
        r"Could not resolve hostname (?P<name>\S+?):",
        "The name {name} can't be resolved here.",
        "Correct ssh.address in the Footprint; an IP address needs no DNS.",
    ),
    _reason(
        r"exec: (?P<program>aws|gcloud): not found",
        "It is reached through its cloud's tunnel, and `{program}` is not on this machine's PATH.",
        "Install the cloud's CLI (AWS: version 2.12 or later; docs/aws.md), and see that `{program} --version` works.",
    ),
    _reason(
        r"aws: error: argument (?:operation|command): Invalid choice",
        "It is reached through AWS's tunnel, which the `aws` CLI on this machine's PATH is too old for.",
        "Install version 2.12 or later (docs/aws.md), and see that `aws --version` says so.",
    ),
    _reason(
        r"(?P<why>Unable to locate credentials|Error loading SSO Token|(?:SSO )?[Tt]oken[^\r\n]*expired|ExpiredToken)",
        "It is reached through its cloud's tunnel, and this machine has no credentials for it: {why}.",
        "aws sso login, or export AWS_PROFILE=...; `aws sts get-caller-identity` shows who you are.",
    ),
    _reason(
        r"connect to (?:host|address) (?P<address>\S+) port (?P<port>\d+): (?P<why>[^\r\n\"]+)",
        "It does not answer at {address} port {port}: {why}.",
        "Is it on? Are its address and port in the Footprint right? Does a firewall on the way let this machine in? "
        "Try `ssh -v -p {port} {address}`.",
    ),
    _reason(
        r"(?P<why>Connection timed out|timed out during banner exchange|Connection (?:closed|reset) by[^\r\n\"]*"
        r"|kex_exchange_identification[^\r\n\"]*)",
        "It did not go on with the connection: {why}.",
        "Is it overloaded, or still booting? Wait a minute, then try `ssh -v` to it.",
    ),
    _reason(
        r"Missing sudo password|a password is required|is not in the sudoers|may not run sudo|not allowed to execute",
        "It refused sudo to the user that Ansible logs in as.",
        "On its console, as root: `echo '<ssh.user of the Footprint> ALL=(ALL:ALL) NOPASSWD: ALL' > "
        "/etc/sudoers.d/ansible && chmod 440 /etc/sudoers.d/ansible`; or name another ssh.user.",
    ),
    _reason(
        r"sudo: (?:command )?not found|sudo' was not found",
        "It has no sudo.",
        "On its console, as root: `apt-get install --yes sudo`, and let the Footprint's ssh.user use it freely.",
    ),
    _reason(
        r"interpreter '(?P<path>[^']+)' was not found|(?P<also>/usr/bin/python3): (?:not found|No such file)",
        "It has no Python at {path}{also}, which Ansible needs.",
        "On its console, as root: `apt-get install --yes python3`.",
    ),
)


def explain(message: str) -> str | None:
    """The sentence for a message of Ansible's, or None for one that speaks for itself."""
    for reason in REASONS:
        if found := reason.pattern.search(message):
            return reason.told(found)
    return None
