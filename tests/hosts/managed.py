"""The managed database of a rehearsed cloud, as those see it who may look; and where a secret of it must not be."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import yaml

from infra import database, exposure, unpacked
from infra.footprint import Footprint
from rehearsal.planes.hosts import MANAGED
from rehearsal.planes.shell import Shell
from tests.hosts.cloud import Cloud
from tests.hosts.test_requests import FLIGHT

KEPT = "/etc /opt /srv /usr/local /var/lib /var/log /root"
"""Where a host keeps what outlives a reboot."""
# Standard input: a value a line. In no argv: sudo logs those, as it would log a statement of SQL. The journal is
# compressed, so it is read, not searched.
SEARCH = (
    "umask 077; cat >/run/sought; "
    f"grep -rlsF -f /run/sought {KEPT}; journalctl --no-pager | grep -F -f /run/sought; rm /run/sought"
)


def described(cloud: Cloud) -> dict[str, Any]:
    """What RDS says of it."""
    (one,) = cloud.aws("rds").describe_db_instances()["DBInstances"]
    found: dict[str, Any] = one
    return found


def identity(cloud: Cloud) -> str:
    """What RDS calls it."""
    return str(described(cloud)["DBInstanceIdentifier"])


def secret(cloud: Cloud) -> str:
    """The ARN of its admin's secret."""
    return str(described(cloud)["MasterUserSecret"]["SecretArn"])


def password(cloud: Cloud) -> str:
    """The admin's, from the cloud's own store."""
    reference = cloud.footprint()["database"]["admin"]["secret"]
    if reference.startswith("gcp-sm:"):
        versions = (one for one in cloud.registry if one["type"] == "gcp:secretmanager/secretVersion:SecretVersion")
        return next(str(one["inputs"]["secretData"]) for one in versions if f"gcp-sm:{one['id']}" == reference)
    kept = cloud.aws("secretsmanager").get_secret_value(SecretId=secret(cloud))
    return str(json.loads(kept["SecretString"])["password"])


def asked(cloud: Cloud, statement: str, name: str = "service", source: str = "app1") -> str:
    """What psql prints to the admin, who asks for the database `name` from a host, over TLS."""
    footprint = Footprint.load(cloud.environment.footprint)
    way = database.way(footprint, 0)
    assert way is not None
    login = f"{way['login']} user={cloud.footprint()['database']['admin']['user']} dbname={name}"
    psql = f'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -AtXqw -v ON_ERROR_STOP=1 "{login}"'
    done = cloud.ssh(source, psql, f"{password(cloud)}\n{statement};\n")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def host(cloud: Cloud) -> dict[str, Any]:
    """What rehearsal.hosts said of its host: address, address6, host_keys."""
    made = yaml.safe_load((cloud.place.planes / "hosts.json").read_text())
    found: dict[str, Any] = next(one for one in made["hosts"] if one["name"] == MANAGED)
    return found


def listening(cloud: Cloud) -> set[int]:
    """The TCP ports that something on its host listens at: no other can be open."""
    lines = shell(cloud).run("ss -Htln").splitlines()
    return {int(line.split()[3].rpartition(":")[2]) for line in lines}


def shell(cloud: Cloud) -> Shell:
    """Root's on its host, which is the cloud's own: no user of a managed database has one."""
    there = host(cloud)
    return Shell(there["address"], there["host_keys"], cloud.environment.state / unpacked.SSH_KEY, cloud.place.planes)


def found(cloud: Cloud, name: str, *values: str) -> str:
    """The files of a host, and the lines of its journal, that hold one of the values."""
    sought = "\n".join(values)
    if name == MANAGED:
        return shell(cloud).run(f"set +e; {SEARCH}", sought)
    return cloud.ssh(name, SEARCH, sought).stdout


def here(cloud: Cloud) -> dict[str, bytes]:
    """The name of each file that the controller keeps of the environment -> what is in it, of all of that name."""
    files: dict[str, bytes] = {}
    for top in (cloud.place.state, cloud.directory, cloud.place.state.parent / "facts"):
        for path in top.rglob("*"):
            # Facts are every environment's, so runs of others put new files in the place of old ones meanwhile.
            with suppress(FileNotFoundError):
                files[path.name] = files.get(path.name, b"") + (path.read_bytes() if path.is_file() else b"")
    return files


def arrived(cloud: Cloud, *ids: str) -> None:
    """Waits until the rows of these predictions are in the database."""
    quoted = ", ".join(f"'{one}'" for one in ids)
    rows = f"select count(*) from service.predictions where id in ({quoted})"  # noqa: S608 - ids are our own
    until = time.monotonic() + 30
    while asked(cloud, rows) != str(len(ids)):
        assert time.monotonic() < until, f"not all of {ids} are there"
        time.sleep(0.5)


def predict_at(cloud: Cloud, name: str) -> str:
    """The id of a prediction that the service on this host makes, asked as the proxy asks it."""
    port = exposure.ports(exposure.load())["service"]
    tls = "--cacert /etc/shoestring/tls/ca.pem --cert /etc/shoestring/tls/host.pem --key /etc/shoestring/tls/host.key"
    at = f"--resolve service.shoestring.internal:{port}:{cloud.hosts()[name]}"
    ask = f"curl -s {tls} {at} -H content-type:application/json --data-binary @-"
    url = f"https://service.shoestring.internal:{port}/v1/predictions"
    done = cloud.ssh("app1", f"{ask} {url}", json.dumps({"instances": [FLIGHT]}))
    return str(json.loads(done.stdout)["predictions"][0]["id"])
