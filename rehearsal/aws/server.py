"""An emulated account as a process of its own: moto's server, with what real hosts need of an account beside it.

`python -m rehearsal.aws.server PORT DIRECTORY`: listens on the loopback only. DIRECTORY/console/<instance id> is what
that machine has printed. It keeps everything in memory: who ends it ends the account.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.models import elastic_ip_addresses, vpcs
from moto.ec2.responses.general import General
from moto.rds.models import MasterUserSecret
from moto.server import main
from werkzeug.serving import WSGIRequestHandler

CONSOLES = "console"
SPECIAL = "!#$%&()*+,-.:;<=>?[]^_`{|}~"
"""What RDS puts into passwords beside letters and digits, all of it: whatever quotes one badly is to fail here."""


def _network() -> str:
    """A network's IPv6 range, of the size that AWS gives, in the private range: hosts on this machine may have it."""
    return f"fd{secrets.token_hex(1)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}:{secrets.token_hex(1)}00::/56"


def _public() -> str:
    """A static address: of the range for benchmarks (RFC 2544), which leads nowhere. moto's are this machine's own."""
    return f"198.18.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def _credentials(self: MasterUserSecret) -> str:
    """What RDS keeps of a database's admin. moto's password is the same for everybody."""
    return json.dumps({"username": self.resource.master_username, "password": secrets.token_hex(16) + SPECIAL})


def _console(directory: Path) -> Any:
    def get_console_output(self: General) -> ActionResult:
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        path = directory / instance.id
        text = path.read_text() if path.is_file() else ""
        output = Base64EncodedString.from_raw_string(text)
        return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), "Output": output})

    return get_console_output


if __name__ == "__main__":
    port, home = sys.argv[1:]
    setattr(vpcs, "random_ipv6_cidr", _network)  # noqa: B010 - names that these modules import from another
    setattr(elastic_ip_addresses, "random_ip", _public)  # noqa: B010
    MasterUserSecret._generate_secret_string = _credentials  # type: ignore[method-assign]
    General.get_console_output = _console(Path(home) / CONSOLES)  # type: ignore[method-assign]
    # Head and body of an answer go out apart: without this the second of them waits for the client's ACK, some 30 ms.
    WSGIRequestHandler.disable_nagle_algorithm = True
    main(["--host", "127.0.0.1", "--port", port])
