"""Cloud SQL, the secret of its administrator, and what Pulumi makes up by itself."""

from __future__ import annotations

import secrets
import string

from rehearsal.gcp import names
from rehearsal.gcp.records import Record, Told, tells


@tells("gcp:sql/databaseInstance:DatabaseInstance")
def instance(record: Record) -> Told:
    name, region = record.name, record.inputs["region"]
    host = f"{names.digest(name)[:12]}.{names.digest(record.resource.urn)[:13]}"
    tenant, door = names.digest(region)[:16], names.digest(name)[:12]
    link = f"projects/{tenant}-tp/regions/{region}/serviceAttachments/a-{door}-psc-service-attachment"
    return name, {
        "name": name,
        "project": record.project.id,
        "connectionName": f"{record.project.id}:{region}:{name}",
        "dnsName": f"{host}.{region}.sql.goog.",
        "pscServiceAttachmentLink": link,
        "selfLink": f"https://sqladmin.googleapis.com/sql/v1beta4/projects/{record.project.id}/instances/{name}",
    }


@tells("gcp:sql/database:Database")
def database(record: Record) -> Told:
    inputs = record.inputs
    path = f"projects/{record.project.id}/instances/{inputs['instance']}/databases/{inputs['name']}"
    return path, {"project": record.project.id, "charset": "UTF8"}


@tells("gcp:sql/user:User")
def user(record: Record) -> Told:
    return f"{record.inputs['name']}//{record.inputs['instance']}", {"project": record.project.id}


@tells("random:index/randomPassword:RandomPassword")
def password(record: Record) -> Told:
    """Pulumi's provider makes it by itself: so does this, from the letters that the program allows."""
    assert record.inputs.get("special") is False, "the program asks for letters and digits"
    letters = string.ascii_letters + string.digits
    made = "".join(secrets.choice(letters) for _ in range(int(record.inputs["length"])))
    return "none", {"result": made}


@tells("gcp:secretmanager/secret:Secret")
def secret(record: Record) -> Told:
    path = f"projects/{record.project.id}/secrets/{record.inputs['secretId']}"
    return path, {"name": path.replace(record.project.id, record.project.number, 1), "project": record.project.id}


@tells("gcp:secretmanager/secretVersion:SecretVersion")
def version(record: Record) -> Told:
    name = str(record.inputs["secret"]).replace(record.project.id, record.project.number, 1)
    return f"{name}/versions/1", {"name": f"{name}/versions/1", "version": "1", "enabled": True}
