"""An AWS account on this machine: moto is the account, boto3 makes each resource of the Pulumi program in it."""
