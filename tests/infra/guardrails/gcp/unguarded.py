"""The leaves on Google Cloud that are no security property: why -> type -> paths. None of the rules wants them."""

from __future__ import annotations

from tests.infra.guardrails.gcp.guarded import flags
from tests.infra.guardrails.guarded import Table

UNGUARDED: Table = {
    "a name that is for people, or that Pulumi makes up": {
        "billing/budget": "displayName",
        "compute/attachedDisk": "deviceName",
        "compute/network": "description",
        "compute/subnetwork": "description",
        "dns/managedZone": "description",
        "monitoring/notificationChannel": "displayName",
        "secretmanager/secret": "secretId",
        "serviceaccount/account": "accountId displayName",
        "sql/database": "name",
        "sql/user": "name",
        "storage/bucket": "logging.logObjectPrefix",
    },
    "Google refuses the resource without it": {
        "billing/budget": "billingAccount",
        "compute/attachedDisk": "disk instance",
        "compute/instance": "bootDisk.initializeParams.image",
        "compute/router": "network",
        "compute/routerNat": "natIpAllocateOption router sourceSubnetworkIpRangesToNat",
        "compute/subnetwork": "ipCidrRange network",
        "dns/managedZone": "dnsName",
        "dns/recordSet": "managedZone name type ttl rrdatas[]",
        "kms/cryptoKey": "keyRing",
        "projects/serviceIdentity": "service",
        "secretmanager/secret": "replication.userManaged.replicas[].location",
        "secretmanager/secretVersion": "secret secretData",
        "sql/database": "instance",
        "sql/databaseInstance": "databaseVersion",
        "sql/user": "instance",
        "storage/bucket": "location",
    },
    "where things are; without it they are where the provider is configured to": {
        "compute/address": "region subnetwork",
        "compute/disk": "zone",
        "compute/forwardingRule": "network region",
        "compute/instance": "zone",
        "compute/router": "region",
        "compute/routerNat": "region",
        "compute/subnetwork": "region",
        "sql/databaseInstance": "region settings.backupConfiguration.location",
    },
    "the budget would count all projects, and so write earlier": {"billing/budget": "budgetFilter.projects[]"},
    "its default is as good": {
        "billing/budget": "allUpdatesRule.disableDefaultIamRecipients",
        "compute/address": "networkTier",
        "compute/address in solo": "addressType",
        "compute/address in app1": "addressType",
        "compute/firewall in -in-": "direction",
        "compute/forwardingRule": "loadBalancingScheme",
        "compute/instance": "bootDisk.autoDelete networkInterfaces[].stackType networkInterfaces[].accessConfigs "
        "networkInterfaces[].accessConfigs[].networkTier",
        "compute/network": "routingMode",
        "compute/subnetwork": "stackType",
        "sql/databaseInstance": "settings.diskType "
        "settings.backupConfiguration.startTime settings.backupConfiguration.transactionLogRetentionDays "
        "settings.maintenanceWindow.day settings.maintenanceWindow.hour settings.maintenanceWindow.updateTrack",
    },
    "it goes with its instance": {"sql/database": "deletionPolicy", "sql/user": "deletionPolicy"},
    "less of it reaches less": {
        "compute/firewall in -in-": "priority",
        "compute/firewall in -out": "priority",
        "compute/firewall in database-out-": "targetServiceAccounts[]",  # every host, to one address
    },
    "for tuning, or for looking things up": {
        "compute/disk": "size type",
        "compute/firewall": "logConfig.metadata",
        "compute/instance": "allowStoppingForUpdate bootDisk.initializeParams.size bootDisk.initializeParams.type",
        "compute/routerNat": "logConfig.enable logConfig.filter",
        "compute/subnetwork": "logConfig.aggregationInterval logConfig.metadata",
        "index/randomPassword": "special",
        "sql/databaseInstance": "settings.diskAutoresize settings.insightsConfig.queryInsightsEnabled "
        + flags("log_lock_waits"),
    },
}
