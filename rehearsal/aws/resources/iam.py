"""IAM: roles, their policies, and the profiles that hand them to machines."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:iam/role:Role")
class Role(Emulation):
    unsent: ClassVar = {"forceDetachPolicies": "says how to delete: True detaches policies that others attached"}

    def create(self) -> str:
        name = self.physical(64)
        self.aws("iam").create_role(
            RoleName=name,
            **self.given.pick(
                AssumeRolePolicyDocument="assumeRolePolicy",
                Description="description",
                Path="path",
                PermissionsBoundary="permissionsBoundary",
                MaxSessionDuration="maxSessionDuration",
            ),
            Tags=self.given.tags(),
        )
        return name

    def read(self, identity: str) -> dict[str, Any]:
        role = self.aws("iam").get_role(RoleName=identity)["Role"]
        return {
            "name": role["RoleName"],
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "path": role["Path"],
            "maxSessionDuration": role["MaxSessionDuration"],
            "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
            "createDate": role["CreateDate"].isoformat(),
            **tags_all(role.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("iam").delete_role(RoleName=identity)


@emulates("aws:iam/rolePolicy:RolePolicy")
class RolePolicy(Emulation):
    def create(self) -> str:
        name = self.physical(128)
        role = self.given.get("role")
        self.aws("iam").put_role_policy(RoleName=role, PolicyName=name, **self.given.pick(PolicyDocument="policy"))
        return f"{role}:{name}"

    def read(self, identity: str) -> dict[str, Any]:
        role, _, name = identity.partition(":")
        policy = self.aws("iam").get_role_policy(RoleName=role, PolicyName=name)
        return {"name": name, "role": role, "policy": json.dumps(policy["PolicyDocument"])}

    def delete(self, identity: str) -> None:
        role, _, name = identity.partition(":")
        self.aws("iam").delete_role_policy(RoleName=role, PolicyName=name)


@emulates("aws:iam/instanceProfile:InstanceProfile")
class InstanceProfile(Emulation):
    def create(self) -> str:
        name = self.physical(128)
        self.aws("iam").create_instance_profile(
            InstanceProfileName=name, **self.given.pick(Path="path"), Tags=self.given.tags()
        )
        return name

    def configure(self, identity: str) -> None:
        role = self.given.get("role")
        if role and role not in self._roles(identity):
            self.aws("iam").add_role_to_instance_profile(InstanceProfileName=identity, RoleName=role)

    def read(self, identity: str) -> dict[str, Any]:
        profile = self._profile(identity)
        return {
            "name": profile["InstanceProfileName"],
            "arn": profile["Arn"],
            "uniqueId": profile["InstanceProfileId"],
            "path": profile["Path"],
            "role": next(iter(self._roles(identity)), None),
            "createDate": profile["CreateDate"].isoformat(),
            **tags_all(profile.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        for role in self._roles(identity):
            self.aws("iam").remove_role_from_instance_profile(InstanceProfileName=identity, RoleName=role)
        self.aws("iam").delete_instance_profile(InstanceProfileName=identity)

    def _profile(self, identity: str) -> dict[str, Any]:
        found: dict[str, Any] = self.aws("iam").get_instance_profile(InstanceProfileName=identity)["InstanceProfile"]
        return found

    def _roles(self, identity: str) -> list[str]:
        return [role["RoleName"] for role in self._profile(identity)["Roles"]]
