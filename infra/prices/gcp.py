"""What each type of Google's resources costs, or why it is free. A type in neither list stops the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from infra.prices import assumed
from infra.prices.bill import Bill, Line, Made, Pricing

VPC = "part of a VPC, which is free; traffic through it is counted where it is paid"
FIREWALL = "firewall rules are free"
IDENTITY = "IAM is free"

FREE = {
    "gcp:billing/budget:Budget": "budgets are free",
    "gcp:compute/attachedDisk:AttachedDisk": "the disk is paid for, not its attachment",
    "gcp:compute/firewall:Firewall": FIREWALL,
    "gcp:compute/network:Network": VPC,
    "gcp:compute/router:Router": "the gateway on it is paid for",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": IDENTITY,
    "gcp:monitoring/notificationChannel:NotificationChannel": "letters are free",
    "gcp:projects/serviceIdentity:ServiceIdentity": IDENTITY,
    "gcp:secretmanager/secret:Secret": "its versions are paid for",
    "gcp:serviceaccount/account:Account": IDENTITY,
    "gcp:sql/database:Database": "part of its instance",
    "gcp:sql/user:User": "part of its instance",
    "gcp:storage/bucketIAMMember:BucketIAMMember": IDENTITY,
    "random:index/randomPassword:RandomPassword": "made by Pulumi itself",
}

VERSIONS = 5
"""Of a key that is made anew every 90 days, at the end of its first year: what was encrypted with one keeps it."""


def _instance(made: Made, bill: Bill) -> Iterator[Line]:
    inputs = made.inputs
    machine = inputs["machineType"]
    spot = (inputs.get("scheduling") or {}).get("provisioningModel") == "SPOT"
    note = "spot: at most this, which is the price on demand" if spot else ""
    yield bill.line(made, f"machine {machine}", f"compute/{machine}", note=note)
    yield from _size(made, bill, "system disk", inputs["bootDisk"].get("initializeParams") or {})
    for interface in inputs.get("networkInterfaces") or []:
        for access in interface.get("accessConfigs") or []:
            if not access.get("natIp"):  # a static one is a resource, and counted there
                yield from _public_address(made, bill)


def _disk(made: Made, bill: Bill) -> Iterator[Line]:
    yield from _size(made, bill, "data disk", made.inputs)


def _size(made: Made, bill: Bill, what: str, disk: Mapping[str, Any]) -> Iterator[Line]:
    # What is not said is the image's: an amount that the plan can't know.
    gib = disk.get("size")
    item = f"disk/{disk.get('type')}" if gib is not None else "disk/(no size)"
    if disk.get("provisionedIops") or disk.get("provisionedThroughput"):
        item += "/faster"
    yield bill.line(made, f"{what}, {gib or 0:g} GiB", item, Decimal(str(gib or 0)))


def _address(made: Made, bill: Bill) -> Iterator[Line]:
    if made.inputs.get("addressType") == "INTERNAL":
        yield Line(made.name, "Address", None, "addresses of our own subnet are free")
    else:
        yield from _public_address(made, bill)


def _public_address(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "public IPv4 address", "ipv4")
    note = f"{assumed.OUT_GB} GB"
    yield bill.line(made, "traffic to the internet", "transfer/out", assumed.OUT_GB, note, usage=True)


def _subnet(made: Made, bill: Bill) -> Iterator[Line]:
    if made.inputs.get("logConfig"):
        note = f"{assumed.FLOWS_GB} GB; a project's first 50 GB a month are free, and not counted on"
        yield bill.line(made, "flow logs", "logs/ingest", assumed.FLOWS_GB, note, usage=True)
    else:
        yield Line(made.name, "Subnetwork", None, VPC)


def _nat(made: Made, bill: Bill) -> Iterator[Line]:
    """By the hour for each machine that goes through it, which are those without a public address, and its address."""
    hidden = [host for host in bill.settings.hosts if "proxy" not in host.groups]
    yield bill.line(made, f"NAT gateway for {len(hidden)} machines", "nat/hour", len(hidden))
    yield bill.line(made, "NAT gateway's public address", "ipv4")
    note = f"{assumed.NAT_GB} GB through it"
    yield bill.line(made, "NAT gateway's traffic", "nat/data", assumed.NAT_GB, note, usage=True)


def _key(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "KMS key", "kms/version", VERSIONS, f"{VERSIONS} versions, as many as after a year")
    note = f"{assumed.KEY_REQUESTS:,} requests"
    yield bill.line(made, "KMS requests", "kms/requests", assumed.KEY_REQUESTS / 10_000, note, usage=True)


def _bucket(made: Made, bill: Bill) -> Iterator[Line]:
    held, puts, gets = assumed.BUCKETS.get(made.name.rpartition("-")[2], assumed.OTHER_BUCKET)
    note = f"{held} GB, old and deleted versions included"
    yield bill.line(made, "bucket", "storage/standard", held, note, usage=True)
    yield bill.line(made, "bucket's writes", "storage/put", puts / 10_000, f"{puts:,} requests", usage=True)
    yield bill.line(made, "bucket's reads", "storage/get", gets / 10_000, f"{gets:,} requests", usage=True)


def _database(made: Made, bill: Bill) -> Iterator[Line]:
    settings = made.inputs["settings"]
    tier, zones = settings["tier"], str(settings.get("availabilityType", "ZONAL")).lower()
    in_words = "two zones" if zones == "regional" else "one zone"
    custom = tier.split("-")[2:] if tier.startswith("db-custom-") else []
    if len(custom) == 2:
        cpus, gib = int(custom[0]), Decimal(custom[1]) / 1024
        yield bill.line(made, f"database {tier}, {in_words}: processors", f"sql/cpu/{zones}", cpus)
        yield bill.line(made, f"database {tier}, {in_words}: memory", f"sql/memory/{zones}", gib)
    else:
        yield bill.line(made, f"database {tier}, {in_words}", f"sql/{tier}/{zones}")
    size, kind = settings.get("diskSize") or 0, str(settings.get("diskType")).removeprefix("PD_").lower()
    grows = f"grows to {most:g} GiB by itself" if (most := settings.get("diskAutoresizeLimit")) else "grows by itself"
    yield bill.line(made, f"database's storage, {size:g} GiB", f"sql/{kind}/{zones}", size, grows)
    note = f"{size:g} GiB, as much as it can hold at first"
    yield bill.line(made, "database's backups", "sql/backup", size, note, usage=True)


def _endpoint(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "endpoint of Private Service Connect", "endpoint/hour")


def _secret(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "secret", "secret")


def _zone(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "private DNS zone", "dns/zone")


def _record(made: Made, bill: Bill) -> Iterator[Line]:
    note = f"{assumed.QUERIES:,} queries"
    yield bill.line(made, "DNS queries", "dns/queries", assumed.QUERIES / 1_000_000, note, usage=True)


PRICED: dict[str, Pricing] = {
    "gcp:compute/address:Address": _address,
    "gcp:compute/disk:Disk": _disk,
    "gcp:compute/forwardingRule:ForwardingRule": _endpoint,
    "gcp:compute/instance:Instance": _instance,
    "gcp:compute/routerNat:RouterNat": _nat,
    "gcp:compute/subnetwork:Subnetwork": _subnet,
    "gcp:dns/managedZone:ManagedZone": _zone,
    "gcp:dns/recordSet:RecordSet": _record,
    "gcp:kms/cryptoKey:CryptoKey": _key,
    "gcp:secretmanager/secretVersion:SecretVersion": _secret,
    "gcp:sql/databaseInstance:DatabaseInstance": _database,
    "gcp:storage/bucket:Bucket": _bucket,
}
