"""What the program asks the account: who it is, and which image has a name."""

from __future__ import annotations

from typing import Any

from ops.errors import OperationError
from rehearsal.aws.account import Account
from rehearsal.aws.emulation import answers
from rehearsal.aws.inputs import Inputs


@answers("aws:index/getCallerIdentity:getCallerIdentity")
def caller_identity(aws: Account, _: Inputs) -> dict[str, Any]:
    identity = aws("sts").get_caller_identity()
    return {"id": aws.id, "accountId": aws.id, "arn": identity["Arn"], "userId": identity["UserId"]}


@answers("aws:ec2/getAmi:getAmi")
def image(aws: Account, given: Inputs) -> dict[str, Any]:
    """The one image that fits; the newest of several with `mostRecent`, as the provider does it."""
    wanted = given.pick(Owners="owners", IncludeDeprecated="includeDeprecated")
    found = aws("ec2").describe_images(Filters=_filters(given), **wanted)["Images"]
    newest = given.get("mostRecent", False)
    if not found or (len(found) > 1 and not newest):
        raise OperationError(
            f"{len(found)} images of {given.get('owners')} fit {_filters(given)}",
            "no machine can be made",
            "correct `shoestring:image`, or offer the account an image of this name",
        )
    best = max(found, key=lambda each: str(each["CreationDate"]))
    return {
        "id": best["ImageId"],
        "imageId": best["ImageId"],
        "arn": f"arn:{aws.partition}:ec2:{aws.region}::image/{best['ImageId']}",
        "name": best["Name"],
        "ownerId": best["OwnerId"],
        "architecture": best["Architecture"],
        "rootDeviceName": best["RootDeviceName"],
        "rootDeviceType": best["RootDeviceType"],
        "creationDate": best["CreationDate"],
        "state": best["State"],
    }


def _filters(given: Inputs) -> list[dict[str, Any]]:
    return [{"Name": each.get("name"), "Values": each.get("values")} for each in given.parts("filters")]
