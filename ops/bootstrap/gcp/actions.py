"""Which permissions each type of resource in infra/gcp/ takes to be made, changed and removed.

Hand-made from the reference of permissions (cloud.google.com/iam/docs/roles-permissions), as Google lists them only to
who is logged in. A test holds the types against what the program registers, and the resources that the permissions are
about against Google's discovery documents.
"""

from __future__ import annotations

from collections.abc import Iterable

INSTANCE = """
    compute.instances: create delete start stop attachDisk detachDisk setDeletionProtection setDiskAutoDelete setLabels
      setMachineType setMetadata setScheduling setServiceAccount setShieldedInstanceIntegrityPolicy setTags update
      addAccessConfig deleteAccessConfig updateAccessConfig updateNetworkInterface updateShieldedInstanceConfig;
    compute.disks: create setLabels use; compute.subnetworks: use useExternalIp; compute.addresses: use;
    compute.networks: use
"""

MAKES: dict[str, str] = {
    "gcp:billing/budget:Budget": "billing.resourcebudgets: read write; billing.resourceCosts: get",
    "gcp:compute/address:Address": "compute.addresses: create createInternal delete deleteInternal setLabels;"
    " compute.subnetworks: use",
    "gcp:compute/attachedDisk:AttachedDisk": "compute.instances: attachDisk detachDisk; compute.disks: use",
    "gcp:compute/disk:Disk": "compute.disks: create delete resize setLabels update",
    "gcp:compute/firewall:Firewall": "compute.firewalls: create delete update; compute.networks: updatePolicy",
    "gcp:compute/forwardingRule:ForwardingRule": "compute.forwardingRules: create delete setLabels update pscCreate"
    " pscDelete pscSetLabels pscUpdate; compute.networks: use; compute.subnetworks: use;"
    " compute.addresses: useInternal",
    "gcp:compute/instance:Instance": INSTANCE,
    "gcp:compute/network:Network": "compute.networks: create delete update",
    "gcp:compute/router:Router": "compute.routers: create delete update; compute.networks: updatePolicy",
    "gcp:compute/routerNat:RouterNat": "compute.routers: update use",
    "gcp:compute/subnetwork:Subnetwork": "compute.subnetworks: create delete expandIpCidrRange"
    " setPrivateIpGoogleAccess update; compute.networks: updatePolicy",
    "gcp:dns/managedZone:ManagedZone": "dns.managedZones: create delete update; dns.networks: bindPrivateDNSZone",
    "gcp:dns/recordSet:RecordSet": "dns.changes: create get; dns.resourceRecordSets: create delete update",
    "gcp:kms/cryptoKey:CryptoKey": "cloudkms.cryptoKeys: create update; cloudkms.cryptoKeyVersions: destroy list",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "cloudkms.cryptoKeys: setIamPolicy",
    "gcp:monitoring/notificationChannel:NotificationChannel": "monitoring.notificationChannels: create delete update",
    "gcp:projects/serviceIdentity:ServiceIdentity": "serviceusage.services: enable",
    "gcp:secretmanager/secret:Secret": "secretmanager.secrets: create delete update",
    "gcp:secretmanager/secretVersion:SecretVersion": "secretmanager.versions: add access destroy disable enable",
    # They are there already, and stay (infra/gcp/identity.py): to be told so takes the right to make one.
    "gcp:serviceaccount/account:Account": "iam.serviceAccounts: create",
    "gcp:sql/database:Database": "cloudsql.databases: create delete update",
    "gcp:sql/databaseInstance:DatabaseInstance": "cloudsql.instances: create delete restart update",
    "gcp:sql/user:User": "cloudsql.users: create delete update",
    "gcp:storage/bucket:Bucket": "storage.buckets: create delete update; storage.objects: delete list",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "storage.buckets: setIamPolicy",
}

# What shows how something is set up, never what is in it: no object, no secret's value, no console's text.
LOOKS = """
    billing.resourcebudgets: read; cloudkms.cryptoKeys: get getIamPolicy list; cloudkms.cryptoKeyVersions: get list;
    cloudkms.keyRings: get; cloudsql.backupRuns: list; cloudsql.databases: get list; cloudsql.instances: get list;
    cloudsql.users: get list; compute.addresses: get list; compute.diskTypes: get; compute.disks: get list;
    compute.firewalls: get list; compute.forwardingRules: get list; compute.globalOperations: get;
    compute.instances: get list; compute.machineTypes: get list; compute.networks: get list; compute.projects: get;
    compute.regionOperations: get; compute.regions: get list; compute.routers: get list; compute.snapshots: list;
    compute.subnetworks: get list; compute.zoneOperations: get; compute.zones: get list; dns.managedZones: get list;
    dns.resourceRecordSets: get list; iam.serviceAccounts: get; monitoring.notificationChannels: get list;
    resourcemanager.projects: get; secretmanager.secrets: get list; secretmanager.versions: get list;
    serviceusage.services: get list use; storage.buckets: get getIamPolicy list
"""

# Host keys are read where a machine's own agent puts them, and the deploying machine finds who signs its URLs.
VERBS = "compute.instances: getGuestAttributes"

# What is gone for good, or holds data, of whoever may have nothing to do with us: at the environment's own name only.
# Making is not among them: of which types a condition sees the name before there is one, Google does not say.
OWN = """
    cloudkms.cryptoKeys: setIamPolicy update; cloudkms.cryptoKeyVersions: destroy;
    cloudsql.databases: create delete update; cloudsql.instances: delete restart update;
    cloudsql.users: create delete update; compute.disks: delete; compute.firewalls: delete;
    compute.forwardingRules: delete pscDelete; compute.instances: delete stop getGuestAttributes;
    secretmanager.secrets: delete update; secretmanager.versions: access add destroy disable enable;
    storage.buckets: delete setIamPolicy update; storage.objects: delete list
"""


def permissions(text: str) -> set[str]:
    """`compute.disks: create delete; ...` -> compute.disks.create and so on."""
    found = set()
    for part in text.split(";"):
        resource, _, verbs = part.partition(":")
        found |= {f"{resource.strip()}.{verb}" for verb in verbs.split()}
    return found


def of(types: Iterable[str] = MAKES) -> set[str]:
    """All that resources of these types take."""
    return {permission for each in types for permission in permissions(MAKES[each])}
