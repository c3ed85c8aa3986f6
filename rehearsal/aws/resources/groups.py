"""EC2: security groups and their rules."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all
from rehearsal.aws.inputs import Inputs

DESCRIPTION = "Managed by Pulumi"


@emulates("aws:ec2/securityGroup:SecurityGroup")
class SecurityGroup(Emulation):
    unsent: ClassVar = {"revokeRulesOnDelete": "says how to delete: True revokes the group's rules first"}

    def create(self) -> str:
        made = self.aws("ec2").create_security_group(
            GroupName=self.physical(255),
            Description=self.given.get("description", DESCRIPTION),
            **self.given.pick(VpcId="vpcId"),
            **self.given.tagged("security-group"),
        )
        return str(made["GroupId"])

    def configure(self, identity: str) -> None:
        # The provider takes away the rule that AWS gives each new group: all may go out.
        _close(self.aws("ec2"), identity)
        _open(self.aws("ec2"), identity, self.given)

    def read(self, identity: str) -> dict[str, Any]:
        return _described(self, identity)

    def delete(self, identity: str) -> None:
        if self.given.get("revokeRulesOnDelete"):
            _close(self.aws("ec2"), identity)
        self.aws("ec2").delete_security_group(GroupId=identity)


@emulates("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
class DefaultSecurityGroup(Emulation):
    """Takes over the group that its network was made with, and all its rules away; it gets those of the program."""

    unsent: ClassVar = {"revokeRulesOnDelete": "says how to delete, and this one is never deleted"}

    def create(self) -> str:
        vpc = {"Name": "vpc-id", "Values": [self.given.get("vpcId")]}
        found = self.aws("ec2").describe_security_groups(Filters=[vpc, {"Name": "group-name", "Values": ["default"]}])
        return str(found["SecurityGroups"][0]["GroupId"])

    def configure(self, identity: str) -> None:
        ec2 = self.aws("ec2")
        _close(ec2, identity)
        _open(ec2, identity, self.given)
        if tags := self.given.tags():
            ec2.create_tags(Resources=[identity], Tags=tags)

    def read(self, identity: str) -> dict[str, Any]:
        return _described(self, identity)

    def delete(self, identity: str) -> None:
        """It goes with its network; the provider, too, only forgets it."""


class Rule(Emulation):
    """A rule of its own, in one direction."""

    direction: ClassVar[str]

    def create(self) -> str:
        given = self.given
        said = given.pick(Description="description")
        permission = {
            "IpProtocol": given.get("ipProtocol"),
            **given.pick(FromPort="fromPort", ToPort="toPort"),
        }
        if cidr := given.get("cidrIpv4"):
            permission["IpRanges"] = [{"CidrIp": cidr, **said}]
        if cidr := given.get("cidrIpv6"):
            permission["Ipv6Ranges"] = [{"CidrIpv6": cidr, **said}]
        if group := given.get("referencedSecurityGroupId"):
            permission["UserIdGroupPairs"] = [{"GroupId": group, **said}]
        if listed := given.get("prefixListId"):
            permission["PrefixListIds"] = [{"PrefixListId": listed, **said}]
        call = getattr(self.aws("ec2"), f"authorize_security_group_{self.direction}")
        made = call(
            GroupId=given.get("securityGroupId"), IpPermissions=[permission], **given.tagged("security-group-rule")
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def read(self, identity: str) -> dict[str, Any]:
        rule = self.aws("ec2").describe_security_group_rules(SecurityGroupRuleIds=[identity])["SecurityGroupRules"][0]
        return {
            "arn": self.aws.arn("ec2", f"security-group-rule/{identity}"),
            "securityGroupRuleId": identity,
            "securityGroupId": rule["GroupId"],
            "ipProtocol": rule["IpProtocol"],
            **tags_all(rule.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        call = getattr(self.aws("ec2"), f"revoke_security_group_{self.direction}")
        call(GroupId=self.given.get("securityGroupId"), SecurityGroupRuleIds=[identity])


@emulates("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
class IngressRule(Rule):
    direction = "ingress"


@emulates("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
class EgressRule(Rule):
    direction = "egress"


def _open(ec2: Any, identity: str, given: Inputs) -> None:
    """The rules that stand in the group itself."""
    for name, call in (
        ("ingress", ec2.authorize_security_group_ingress),
        ("egress", ec2.authorize_security_group_egress),
    ):
        if permissions := [_permission(rule, identity) for rule in given.parts(name)]:
            call(GroupId=identity, IpPermissions=permissions)


def _permission(rule: Inputs, identity: str) -> dict[str, Any]:
    said = rule.pick(Description="description")
    groups = [*rule.get("securityGroups", []), *([identity] if rule.get("self") else [])]
    return {
        "IpProtocol": rule.get("protocol"),
        **rule.pick(FromPort="fromPort", ToPort="toPort"),
        "IpRanges": [{"CidrIp": cidr, **said} for cidr in rule.get("cidrBlocks", [])],
        "Ipv6Ranges": [{"CidrIpv6": cidr, **said} for cidr in rule.get("ipv6CidrBlocks", [])],
        "UserIdGroupPairs": [{"GroupId": group, **said} for group in groups],
        "PrefixListIds": [{"PrefixListId": listed, **said} for listed in rule.get("prefixListIds", [])],
    }


def _close(ec2: Any, identity: str) -> None:
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [identity]}])
    for egress, call in ((True, ec2.revoke_security_group_egress), (False, ec2.revoke_security_group_ingress)):
        found = [rule["SecurityGroupRuleId"] for rule in rules["SecurityGroupRules"] if rule["IsEgress"] is egress]
        if found:
            call(GroupId=identity, SecurityGroupRuleIds=found)


def _described(emulation: Emulation, identity: str) -> dict[str, Any]:
    group = emulation.aws("ec2").describe_security_groups(GroupIds=[identity])["SecurityGroups"][0]
    return {
        "arn": group["SecurityGroupArn"],
        "name": group["GroupName"],
        "description": group["Description"],
        "ownerId": group["OwnerId"],
        "vpcId": group["VpcId"],
        **tags_all(group.get("Tags")),
    }
