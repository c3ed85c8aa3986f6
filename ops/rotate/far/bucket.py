"""Lists the buckets with each pair of ARGUMENT, over verified TLS; prints the HTTP status that each gets."""

import json
import sys

sys.path.insert(0, "/usr/local/lib/shoestring/bucket")
sys.dont_write_bytecode = True

from s3 import Client  # noqa: E402 - the host's own client, see the role bucket

pairs = ARGUMENT  # type: ignore[name-defined]  # noqa: F821 - see ops/far.py
print(json.dumps({name: Client((pair["access"], pair["secret"])).send("GET", "/")[0] for name, pair in pairs.items()}))
