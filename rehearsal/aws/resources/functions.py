"""What the program asks the account: who it is, where, and which image has a name."""

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


@answers("aws:index/getRegion:getRegion")
def region(aws: Account, _: Inputs) -> dict[str, Any]:
    return {
        "id": aws.region,
        "name": aws.region,
        "region": aws.region,
        "endpoint": f"ec2.{aws.region}.amazonaws.com",
        "description": aws.region,
    }


@answers("aws:index/getPartition:getPartition")
def partition(aws: Account, _: Inputs) -> dict[str, Any]:
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


@answers("aws:index/getAvailabilityZones:getAvailabilityZones")
def availability_zones(aws: Account, given: Inputs) -> dict[str, Any]:
    zones = aws("ec2").describe_availability_zones(Filters=_filters(given))["AvailabilityZones"]
    wanted = [zone for zone in zones if given.get("state") in (None, zone["State"])]
    return {
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in wanted],
        "zoneIds": [zone["ZoneId"] for zone in wanted],
        "groupNames": [aws.region],
    }


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
