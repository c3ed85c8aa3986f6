"""Logs in to PostgreSQL as the release on this host would, with each password of ARGUMENT; prints what came of it."""

import json
import subprocess
import sys
from pathlib import Path

CURRENT = "/opt/shoestring/current"
# With the release's own client: the host's Python has none. The passwords come by standard input.
ASK = """
import json, sys
import psycopg
way, passwords = json.load(sys.stdin)
found = {}
for name, password in passwords.items():
    try:
        psycopg.connect(**way, password=password, connect_timeout=10).close()
        found[name] = "taken"
    except psycopg.OperationalError as error:
        text = str(error)
        found[name] = "refused" if "password authentication failed" in text else text.strip()
print(json.dumps(found))
"""
NAMES = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
}

lines = dict(line.partition("=")[::2] for line in Path(CURRENT, "service.env").read_text().splitlines())
way = {NAMES[name]: value for name, value in lines.items() if name in NAMES}
done = subprocess.run(
    [f"{CURRENT}/venv/bin/python", "-I", "-B", "-c", ASK],
    input=json.dumps([way, ARGUMENT]),  # type: ignore[name-defined]  # noqa: F821 - see ops/far.py
    text=True,
    stdout=subprocess.PIPE,
    check=False,
)
sys.stdout.write(done.stdout)
sys.exit(done.returncode)
