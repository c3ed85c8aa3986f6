"""The types of resources that there are rules about, as Pulumi calls them. A type that is not here is refused."""

from __future__ import annotations

from infra.guardrails.stack import STACK as STACK

ACCOUNT = "gcp:serviceaccount/account:Account"
ADDRESS = "gcp:compute/address:Address"
ATTACHED_DISK = "gcp:compute/attachedDisk:AttachedDisk"
BUCKET = "gcp:storage/bucket:Bucket"
BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
BUDGET = "gcp:billing/budget:Budget"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"
DATABASE_NAME = "gcp:sql/database:Database"
DATABASE_USER = "gcp:sql/user:User"
DISK = "gcp:compute/disk:Disk"
DNS_RECORD = "gcp:dns/recordSet:RecordSet"
DNS_ZONE = "gcp:dns/managedZone:ManagedZone"
ENDPOINT = "gcp:compute/forwardingRule:ForwardingRule"
FIREWALL = "gcp:compute/firewall:Firewall"
INSTANCE = "gcp:compute/instance:Instance"
KEY = "gcp:kms/cryptoKey:CryptoKey"
KEY_MEMBER = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
NAT = "gcp:compute/routerNat:RouterNat"
NETWORK = "gcp:compute/network:Network"
PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 - a type's name
ROUTER = "gcp:compute/router:Router"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - likewise
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"  # noqa: S105 - likewise
SERVICE_IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity"
SUBNET = "gcp:compute/subnetwork:Subnetwork"

KNOWN = frozenset(value for name, value in list(globals().items()) if name.isupper())
"""Every type above."""
LABELLED = {
    ADDRESS: "labels",
    BUCKET: "labels",
    CHANNEL: "userLabels",
    DATABASE: "settings.userLabels",
    DISK: "labels",
    DNS_ZONE: "labels",
    ENDPOINT: "labels",
    INSTANCE: "labels",
    KEY: "labels",
    SECRET: "labels",
}
"""Those to which Google gives labels, and where these are."""
