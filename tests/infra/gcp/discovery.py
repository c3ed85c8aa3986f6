"""Google's own descriptions of its APIs, as google-api-python-client brings them: which values a property takes.

They are what the services' servers are made from; the documents are as old as the locked package.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import googleapiclient

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
COMPUTE, SQL, KMS, BUDGET = "compute.v1", "sqladmin.v1", "cloudkms.v1", "billingbudgets.v1"
BUDGETS = "GoogleCloudBillingBudgetsV1"
# type and path of an input -> document, schema, property. Pulumi's names are not all Google's.
FROM_GOOGLE: dict[tuple[str, str], tuple[str, str, str]] = {
    ("billing/budget", "budgetFilter.calendarPeriod"): (BUDGET, f"{BUDGETS}Filter", "calendarPeriod"),
    ("billing/budget", "thresholdRules[].spendBasis"): (BUDGET, f"{BUDGETS}ThresholdRule", "spendBasis"),
    ("compute/address", "addressType"): (COMPUTE, "Address", "addressType"),
    ("compute/address", "networkTier"): (COMPUTE, "Address", "networkTier"),
    ("compute/firewall", "direction"): (COMPUTE, "Firewall", "direction"),
    ("compute/firewall", "logConfig.metadata"): (COMPUTE, "FirewallLogConfig", "metadata"),
    ("compute/instance", "networkInterfaces[].accessConfigs[].networkTier"): (COMPUTE, "AccessConfig", "networkTier"),
    ("compute/instance", "networkInterfaces[].stackType"): (COMPUTE, "NetworkInterface", "stackType"),
    ("compute/instance", "scheduling.instanceTerminationAction"): (COMPUTE, "Scheduling", "instanceTerminationAction"),
    ("compute/instance", "scheduling.onHostMaintenance"): (COMPUTE, "Scheduling", "onHostMaintenance"),
    ("compute/instance", "scheduling.provisioningModel"): (COMPUTE, "Scheduling", "provisioningModel"),
    ("compute/network", "routingMode"): (COMPUTE, "NetworkRoutingConfig", "routingMode"),
    ("compute/routerNat", "logConfig.filter"): (COMPUTE, "RouterNatLogConfig", "filter"),
    ("compute/routerNat", "natIpAllocateOption"): (COMPUTE, "RouterNat", "natIpAllocateOption"),
    ("compute/routerNat", "sourceSubnetworkIpRangesToNat"): (COMPUTE, "RouterNat", "sourceSubnetworkIpRangesToNat"),
    ("compute/subnetwork", "logConfig.aggregationInterval"): (COMPUTE, "SubnetworkLogConfig", "aggregationInterval"),
    ("compute/subnetwork", "logConfig.metadata"): (COMPUTE, "SubnetworkLogConfig", "metadata"),
    ("compute/subnetwork", "stackType"): (COMPUTE, "Subnetwork", "stackType"),
    ("dns/managedZone", "visibility"): ("dns.v1", "ManagedZone", "visibility"),
    ("kms/cryptoKey", "purpose"): (KMS, "CryptoKey", "purpose"),
    ("sql/databaseInstance", "databaseVersion"): (SQL, "DatabaseInstance", "databaseVersion"),
    ("sql/databaseInstance", "settings.availabilityType"): (SQL, "Settings", "availabilityType"),
    ("sql/databaseInstance", "settings.diskType"): (SQL, "Settings", "dataDiskType"),
    ("sql/databaseInstance", "settings.edition"): (SQL, "Settings", "edition"),
    ("sql/databaseInstance", "settings.ipConfiguration.serverCaMode"): (SQL, "IpConfiguration", "serverCaMode"),
    ("sql/databaseInstance", "settings.ipConfiguration.sslMode"): (SQL, "IpConfiguration", "sslMode"),
    ("sql/databaseInstance", "settings.maintenanceWindow.updateTrack"): (SQL, "MaintenanceWindow", "updateTrack"),
}
# Types that Pulumi gives a name with a random end -> whose pattern that has to follow.
NAMED = {
    "compute/address": "Address",
    "compute/disk": "Disk",
    "compute/firewall": "Firewall",
    "compute/forwardingRule": "ForwardingRule",
    "compute/instance": "Instance",
    "compute/network": "Network",
    "compute/router": "Router",
    "compute/routerNat": "RouterNat",
    "compute/subnetwork": "Subnetwork",
}


@functools.cache
def schema(document: str, name: str) -> dict[str, Any]:
    """The properties of a schema. Raises KeyError if Google has no such thing any more."""
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{document}.json").read_text())["schemas"][name]["properties"]
    return found


def takes(document: str, name: str, field: str, value: Any) -> bool:
    """Whether Google's enumeration or pattern of a property holds a value. Raises KeyError where it says neither."""
    said = schema(document, name)[field]
    if "enum" in said:
        return value in said["enum"] and not str(value).endswith("_UNSPECIFIED")
    return re.fullmatch(said["pattern"], str(value)) is not None


def takes_name(type_: str, name: str) -> bool:
    """... and of a resource's own name."""
    return takes(COMPUTE, NAMED[type_], "name", name)


def takes_metadata_key(key: str) -> bool:
    """... and of a key in a machine's metadata."""
    pattern = schema(COMPUTE, "Metadata")["items"]["items"]["properties"]["key"]["pattern"]
    return re.fullmatch(pattern, key) is not None
