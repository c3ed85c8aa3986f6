"""Service accounts, Google's own and ours, and the keys that things are encrypted with."""

from __future__ import annotations

from rehearsal.gcp import names
from rehearsal.gcp.records import Record, Told, tells


@tells("gcp:serviceaccount/account:Account")
def account(record: Record) -> Told:
    email = f"{record.inputs['accountId']}@{record.project.id}.iam.gserviceaccount.com"
    path = f"projects/{record.project.id}/serviceAccounts/{email}"
    told = {"email": email, "member": f"serviceAccount:{email}", "name": path, "project": record.project.id}
    return path, {**told, "uniqueId": names.number(record.resource)}


@tells("gcp:projects/serviceIdentity:ServiceIdentity")
def agent(record: Record) -> Told:
    """Google's own account of a service, which it makes for the project."""
    service = str(record.inputs["service"]).partition(".")[0]
    email = f"service-{record.project.number}@gcp-sa-{service}.iam.gserviceaccount.com"
    path = f"projects/{record.project.id}/services/{record.inputs['service']}"
    return path, {"email": email, "member": f"serviceAccount:{email}", "project": record.project.id}


@tells("gcp:kms/cryptoKey:CryptoKey")
def key(record: Record) -> Told:
    return f"{record.inputs['keyRing']}/cryptoKeys/{record.name}", {"name": record.name}


@tells("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember")
def user_of_a_key(record: Record) -> Told:
    inputs = record.inputs
    return f"{inputs['cryptoKeyId']}/{inputs['role']}/{inputs['member']}", {"etag": names.digest(record.resource.urn)}
