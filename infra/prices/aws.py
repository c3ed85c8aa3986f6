"""What each type of AWS resource costs, or why it is free. A type in neither list stops the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from infra.prices import assumed
from infra.prices.bill import Bill, Line, Made, Pricing

VPC = "part of a VPC, which is free; traffic through it is counted where it is paid"
FIREWALL = "security groups and their rules are free"
IDENTITY = "IAM is free"
BUCKET = "a setting of a bucket; what the bucket holds is counted there"

FREE = {
    "aws:budgets/budget:Budget": "budgets that write letters and do nothing else are free",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": FIREWALL,
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "the way out over IPv6 is free",
    "aws:ec2/internetGateway:InternetGateway": VPC,
    "aws:ec2/keyPair:KeyPair": "a public key is free to keep",
    "aws:ec2/route:Route": VPC,
    "aws:ec2/routeTable:RouteTable": VPC,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": VPC,
    "aws:ec2/securityGroup:SecurityGroup": FIREWALL,
    "aws:ec2/subnet:Subnet": VPC,
    "aws:ec2/volumeAttachment:VolumeAttachment": "the volume is paid for, not its attachment",
    "aws:ec2/vpc:Vpc": VPC,
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": "EC2 Instance Connect Endpoints are free",
    "aws:iam/instanceProfile:InstanceProfile": IDENTITY,
    "aws:iam/role:Role": IDENTITY,
    "aws:iam/rolePolicy:RolePolicy": IDENTITY,
    "aws:kms/alias:Alias": "the key is paid for, not its name",
    "aws:rds/parameterGroup:ParameterGroup": "settings of a database are free",
    "aws:rds/subnetGroup:SubnetGroup": "settings of a database are free",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": BUCKET,
    "aws:s3/bucketLogging:BucketLogging": BUCKET,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": BUCKET,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": BUCKET,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": FIREWALL,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": FIREWALL,
}
"""https://aws.amazon.com/vpc/pricing/, /iam/, /kms/pricing/, /aws-cost-management/aws-budgets/pricing/, and for the
endpoint docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-with-ec2-instance-connect-endpoint.html."""

MONITORED = 7
"""Metrics that detailed monitoring sends for an instance, says AWS's page of CloudWatch's prices."""
INCLUDED_IOPS, INCLUDED_MBPS = 3_000, 125  # in gp3's price by the GiB


def _instance(made: Made, bill: Bill) -> Iterator[Line]:
    inputs = made.inputs
    machine = inputs["instanceType"]
    spot = (inputs.get("instanceMarketOptions") or {}).get("marketType") == "spot"
    note = "spot: at most this, which is the price on demand" if spot else ""
    yield bill.line(made, f"machine {machine}", f"ec2/{machine}", note=note)
    yield from _disk(made, bill, "system disk", inputs.get("rootBlockDevice") or {}, "volumeType", "volumeSize")
    for device in inputs.get("ebsBlockDevices") or []:
        yield from _disk(made, bill, "disk", device, "volumeType", "volumeSize")
    if inputs.get("associatePublicIpAddress"):
        yield from _public_address(made, bill)
    if inputs.get("monitoring"):
        yield bill.line(made, "detailed monitoring", "cloudwatch/metric", MONITORED, f"{MONITORED} metrics")
    if len(bill.settings.hosts) > 1 or bill.settings.database == "managed":
        note = f"{assumed.ZONES_GB} GB to and from the other zone"
        yield bill.line(made, "traffic between zones", "transfer/zone", 2 * assumed.ZONES_GB, note, usage=True)


def _volume(made: Made, bill: Bill) -> Iterator[Line]:
    yield from _disk(made, bill, "data volume", made.inputs, "type", "size")


def _disk(made: Made, bill: Bill, what: str, disk: Mapping[str, Any], kind: str, size: str) -> Iterator[Line]:
    # What is not said is the account's default, or the image's: an amount that the plan can't know.
    gib, item = disk.get(size), f"ebs/{disk.get(kind)}"
    if gib is None:
        item = "ebs/(no size)"
    if (disk.get("iops") or 0) > INCLUDED_IOPS or (disk.get("throughput") or 0) > INCLUDED_MBPS:
        item += "/faster"
    yield bill.line(made, f"{what}, {gib or 0:g} GiB", item, Decimal(str(gib or 0)))


def _public_address(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "public IPv4 address", "ipv4")
    note = f"{assumed.OUT_GB} GB; an account's first 100 GB a month are free, and not counted on"
    yield bill.line(made, "traffic to the internet", "transfer/out", assumed.OUT_GB, note, usage=True)


def _nat(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "NAT gateway", "nat/hour")
    note = f"{assumed.NAT_GB} GB through it"
    yield bill.line(made, "NAT gateway's traffic", "nat/data", assumed.NAT_GB, note, usage=True)


def _key(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "KMS key", "kms/key", note="its first two yearly rotations add as much again, each")
    note = f"{assumed.KEY_REQUESTS:,} requests; an account's first 20,000 a month are free, and not counted on"
    yield bill.line(made, "KMS requests", "kms/requests", assumed.KEY_REQUESTS / 10_000, note, usage=True)


def _bucket(made: Made, bill: Bill) -> Iterator[Line]:
    held, puts, gets = assumed.BUCKETS.get(made.name.rpartition("-")[2], assumed.OTHER_BUCKET)
    yield bill.line(made, "bucket", "s3/standard", held, f"{held} GB, old versions included", usage=True)
    yield bill.line(made, "bucket's writes", "s3/put", puts / 1_000, f"{puts:,} requests", usage=True)
    yield bill.line(made, "bucket's reads", "s3/get", gets / 1_000, f"{gets:,} requests", usage=True)


def _database(made: Made, bill: Bill) -> Iterator[Line]:
    inputs = made.inputs
    machine, engine, gib = inputs["instanceClass"], inputs["engine"], inputs["allocatedStorage"]
    zones = "multi" if inputs.get("multiAz") else "single"
    in_words = "two zones" if zones == "multi" else "one zone"
    family = "rds" if engine == "postgres" else f"rds-{engine}"
    yield bill.line(made, f"database {machine}, {in_words}", f"{family}/{machine}/{zones}")
    faster = "/faster" if inputs.get("iops") or inputs.get("storageThroughput") else ""
    most = inputs.get("maxAllocatedStorage")
    grows = f"grows to {most:g} GiB by itself" if most else ""
    item = f"{family}/{inputs.get('storageType')}{faster}/{zones}"
    yield bill.line(made, f"database's storage, {gib:g} GiB", item, gib, grows)
    yield bill.line(
        made, "database's backups", f"{family}/backup", 0, f"none beyond {gib:g} GB, which are free", usage=True
    )
    if inputs.get("manageMasterUserPassword"):
        yield bill.line(made, "database's secret", "secret")
    if inputs.get("monitoringInterval"):
        note = f"{assumed.MONITORING_GB} GB of logs"
        yield bill.line(made, "enhanced monitoring", "logs/ingest", assumed.MONITORING_GB, note, usage=True)
    if (days := inputs.get("performanceInsightsRetentionPeriod") or 0) > FREE_INSIGHTS_DAYS:
        yield bill.line(made, "Performance Insights", f"rds/insights/{days:g}-days")


FREE_INSIGHTS_DAYS = 7


def _log_group(made: Made, bill: Bill) -> Iterator[Line]:
    flows = any(_writes_to(each, made) for each in bill.resources)
    gb, item = (assumed.FLOWS_GB, "logs/vended") if flows else (assumed.LOG_GB, "logs/ingest")
    yield bill.line(made, "flow logs" if flows else "logs", item, gb, f"{gb} GB", usage=True)
    days = made.inputs.get("retentionInDays") or 3_650  # what is kept for ever is counted for ten years
    kept = gb * days / 30
    yield bill.line(made, "logs kept", "logs/store", kept, f"{days:g} days of them, {kept:.3g} GB", usage=True)


def _writes_to(flow_log: Made, group: Made) -> bool:
    # A name that Pulumi gives, and with it the ARN, begins with the resource's.
    written = str(flow_log.inputs.get("logDestination"))
    return flow_log.type == "aws:ec2/flowLog:FlowLog" and f":{group.name}" in written


def _flow_log(made: Made, bill: Bill) -> Iterator[Line]:
    if not any(_writes_to(made, each) for each in bill.resources if each.type == LOG_GROUP):
        yield bill.line(made, "flow logs elsewhere", "logs/(a destination that is no log group of this environment)")
    yield Line(made.name, "FlowLog", None, "what it writes is counted at its log group")


def _record(made: Made, bill: Bill) -> Iterator[Line]:
    note = f"{assumed.QUERIES:,} queries; the zone itself is not this environment's"
    yield bill.line(made, "DNS queries", "route53/queries", assumed.QUERIES / 1_000_000, note, usage=True)


def _endpoint(made: Made, bill: Bill) -> Iterator[Line]:
    if made.inputs.get("vpcEndpointType", "Gateway") != "Gateway":
        yield bill.line(made, "interface endpoint", "endpoint/hour")
    yield Line(made.name, "VpcEndpoint", None, "endpoints of type Gateway are free")


def _secret(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "secret", "secret")


def _alarm(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "alarm", "cloudwatch/alarm")


def _zone(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, "hosted zone", "route53/zone")


LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
PRICED: dict[str, Pricing] = {
    LOG_GROUP: _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:ebs/volume:Volume": _volume,
    "aws:ec2/eip:Eip": _public_address,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/instance:Instance": _instance,
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:kms/key:Key": _key,
    "aws:rds/instance:Instance": _database,
    "aws:route53/record:Record": _record,
    "aws:route53/zone:Zone": _zone,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:secretsmanager/secret:Secret": _secret,
}
