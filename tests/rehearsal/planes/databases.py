"""A database as an account has it, and a host that only says what it was told to say."""

import base64
from dataclasses import dataclass, field

from infra.aws.database import PARAMETERS
from rehearsal.planes import wanted
from rehearsal.planes.shell import Shell

PASSWORD = "it's a $ecret\\with everything"  # noqa: S105
GATEWAY = "10.78.60.1"
DATABASE = wanted.Database(
    identity="arn:aws:rds:eu-central-1:123456789012:db:test",
    address="10.78.60.5",
    port=5432,
    version="17",
    name="shoestring",
    user="shoestring",
    password=PASSWORD,
    parameters=PARAMETERS,
    allowed=(GATEWAY,),
)


@dataclass(frozen=True)
class Told(Shell):
    """Notes what it is to run, and answers a look with what is in `says`."""

    says: dict[str, str] = field(default_factory=dict)
    ran: list[tuple[str, bytes]] = field(default_factory=list)

    def run(self, script: str, stdin: str | bytes = b"", seconds: float = 60.0) -> str:
        """As the real one; a script is known by its first line of prose."""
        first = next(line for line in script.splitlines() if line.startswith("# "))
        assert seconds > 0
        self.ran.append((first.split()[1], stdin if isinstance(stdin, bytes) else stdin.encode()))
        return "".join(f"{name}={value}\n" for name, value in self.says.items())

    def verbs(self) -> list[str]:
        """Says, Installs, Makes, Puts: what was run, in order."""
        return [verb for verb, _ in self.ran]


def encoded(text: str) -> str:
    """As look.sh sends what has more than a line."""
    return base64.b64encode(text.encode()).decode()
