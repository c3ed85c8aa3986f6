"""The types of resources that there are rules about, as Pulumi calls them. A type that is not here is refused."""

from __future__ import annotations

from infra.guardrails.stack import STACK as STACK

ALIAS = "aws:kms/alias:Alias"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
BUCKET_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BUCKET_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
BUCKET_OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
BUDGET = "aws:budgets/budget:Budget"
CONNECT_ENDPOINT = "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint"
DATABASE = "aws:rds/instance:Instance"
DATABASE_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
DATABASE_SUBNETS = "aws:rds/subnetGroup:SubnetGroup"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
DNS_RECORD = "aws:route53/record:Record"
EGRESS_GATEWAY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
EIP = "aws:ec2/eip:Eip"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
INSTANCE = "aws:ec2/instance:Instance"
INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
KEY = "aws:kms/key:Key"
KEY_PAIR = "aws:ec2/keyPair:KeyPair"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SUBNET = "aws:ec2/subnet:Subnet"
VOLUME = "aws:ebs/volume:Volume"
VOLUME_ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
VPC = "aws:ec2/vpc:Vpc"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

KNOWN = frozenset(value for name, value in list(globals().items()) if name.isupper())
"""Every type above."""
WITHOUT_TAGS = frozenset(
    {
        ALIAS, BUCKET_ENCRYPTION, BUCKET_LIFECYCLE, BUCKET_LOCK, BUCKET_LOGGING, BUCKET_OWNERSHIP, BUCKET_POLICY,
        BUCKET_PUBLIC_ACCESS, BUCKET_VERSIONING, DNS_RECORD, ROLE_POLICY, ROUTE, ROUTE_TABLE_ASSOCIATION, STACK,
        VOLUME_ATTACHMENT,
    }
)  # fmt: skip
"""Those to which AWS gives no tags."""
