"""Which API actions each type of resource in infra/aws/ takes to be made, changed and removed.

Hand-made from the service authorization reference, as no API lists them. A test holds the types against what the
program registers, and the actions against botocore's model of the services.
"""

from __future__ import annotations

from collections.abc import Iterable

INSTANCE = """
    RunInstances StartInstances StopInstances TerminateInstances ModifyInstanceAttribute ModifyInstanceMetadataOptions
    ModifyInstanceCreditSpecification MonitorInstances UnmonitorInstances ModifyVolume ModifyNetworkInterfaceAttribute
    AssociateIamInstanceProfile DisassociateIamInstanceProfile ReplaceIamInstanceProfileAssociation
"""

MAKES: dict[str, dict[str, str]] = {
    "aws:budgets/budget:Budget": {"budgets": "ModifyBudget TagResource UntagResource"},
    "aws:cloudwatch/logGroup:LogGroup": {
        "logs": "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey"
        " DisassociateKmsKey TagResource UntagResource"
    },
    "aws:ebs/volume:Volume": {"ec2": "CreateVolume DeleteVolume ModifyVolume"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
        "ec2": "RevokeSecurityGroupIngress RevokeSecurityGroupEgress"
    },
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": {
        "ec2": "CreateEgressOnlyInternetGateway DeleteEgressOnlyInternetGateway"
    },
    "aws:ec2/eip:Eip": {"ec2": "AllocateAddress AssociateAddress DisassociateAddress ReleaseAddress"},
    "aws:ec2/flowLog:FlowLog": {"ec2": "CreateFlowLogs DeleteFlowLogs"},
    "aws:ec2/instance:Instance": {"ec2": INSTANCE, "iam": "CreateServiceLinkedRole PassRole"},  # the first: for spot
    "aws:ec2/internetGateway:InternetGateway": {
        "ec2": "CreateInternetGateway AttachInternetGateway DetachInternetGateway DeleteInternetGateway"
    },
    "aws:ec2/keyPair:KeyPair": {"ec2": "ImportKeyPair DeleteKeyPair"},
    "aws:ec2/natGateway:NatGateway": {"ec2": "CreateNatGateway DeleteNatGateway"},
    "aws:ec2/route:Route": {"ec2": "CreateRoute ReplaceRoute DeleteRoute"},
    "aws:ec2/routeTable:RouteTable": {"ec2": "CreateRouteTable DeleteRouteTable"},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        "ec2": "AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation"
    },
    "aws:ec2/securityGroup:SecurityGroup": {
        "ec2": "CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupIngress RevokeSecurityGroupEgress"
    },
    "aws:ec2/subnet:Subnet": {
        "ec2": "CreateSubnet DeleteSubnet ModifySubnetAttribute AssociateSubnetCidrBlock DisassociateSubnetCidrBlock"
    },
    "aws:ec2/volumeAttachment:VolumeAttachment": {"ec2": "AttachVolume DetachVolume"},
    "aws:ec2/vpc:Vpc": {"ec2": "CreateVpc DeleteVpc ModifyVpcAttribute AssociateVpcCidrBlock DisassociateVpcCidrBlock"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"ec2": "CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints"},
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": {
        "ec2": "CreateInstanceConnectEndpoint ModifyInstanceConnectEndpoint DeleteInstanceConnectEndpoint"
        " CreateNetworkInterface DeleteNetworkInterface",
        "iam": "CreateServiceLinkedRole",
    },
    "aws:iam/instanceProfile:InstanceProfile": {
        "iam": "CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile"
        " TagInstanceProfile UntagInstanceProfile PassRole"
    },
    "aws:iam/role:Role": {
        "iam": "CreateRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy"
        " PutRolePermissionsBoundary TagRole UntagRole PassRole"
    },
    "aws:iam/rolePolicy:RolePolicy": {"iam": "PutRolePolicy DeleteRolePolicy"},
    "aws:kms/alias:Alias": {"kms": "CreateAlias UpdateAlias DeleteAlias"},
    "aws:kms/key:Key": {
        "kms": "CreateKey EnableKeyRotation PutKeyPolicy UpdateKeyDescription TagResource UntagResource"
        " ScheduleKeyDeletion"
    },
    "aws:rds/instance:Instance": {
        "rds": "CreateDBInstance ModifyDBInstance RebootDBInstance DeleteDBInstance CreateDBSnapshot"
        " AddTagsToResource RemoveTagsFromResource",
        "iam": "CreateServiceLinkedRole",
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "rds": "CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup DeleteDBParameterGroup"
    },
    "aws:rds/subnetGroup:SubnetGroup": {"rds": "CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup"},
    "aws:route53/record:Record": {"route53": "ChangeResourceRecordSets"},
    "aws:s3/bucket:Bucket": {"s3": "CreateBucket DeleteBucket PutBucketTagging TagResource UntagResource"},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"s3": "PutLifecycleConfiguration"},
    "aws:s3/bucketLogging:BucketLogging": {"s3": "PutBucketLogging"},
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {"s3": "PutBucketObjectLockConfiguration"},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"s3": "PutBucketOwnershipControls"},
    "aws:s3/bucketPolicy:BucketPolicy": {"s3": "PutBucketPolicy DeleteBucketPolicy"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {"s3": "PutBucketPublicAccessBlock"},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "s3": "PutEncryptionConfiguration"
    },
    "aws:s3/bucketVersioning:BucketVersioning": {"s3": "PutBucketVersioning"},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "ec2": "AuthorizeSecurityGroupEgress ModifySecurityGroupRules RevokeSecurityGroupEgress"
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "ec2": "AuthorizeSecurityGroupIngress ModifySecurityGroupRules RevokeSecurityGroupIngress"
    },
}

# What shows how something is set up, never what is in it: no object, no secret's value, no console's text.
LOOKS = {
    "budgets": "ListTagsForResource ViewBudget",
    "ec2": "Describe*",
    "iam": "GetInstanceProfile GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole"
    " ListRolePolicies",
    "kms": "DescribeKey GetKeyPolicy GetKeyRotationStatus ListAliases ListResourceTags",
    "logs": "DescribeLogGroups ListTagsForResource",
    "rds": "Describe* ListTagsForResource",
    "route53": "GetChange GetHostedZone ListResourceRecordSets ListTagsForResource",
    "s3": "GetAccelerateConfiguration GetBucket* GetEncryptionConfiguration GetLifecycleConfiguration"
    " GetReplicationConfiguration ListTagsForResource",
    "secretsmanager": "DescribeSecret",
    "tag": "GetResources",
}
READS = [f"{service}:{action}" for service, looks in LOOKS.items() for action in looks.split()]


def of(service: str, types: Iterable[str] = MAKES) -> list[str]:
    """What a service's resources take: ec2:CreateVpc and so on, sorted."""
    return sorted({f"{service}:{action}" for each in types for action in MAKES[each].get(service, "").split()})
