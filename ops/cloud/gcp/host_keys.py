"""The hosts' public SSH keys, as Google's guest agent wrote them into the machine's guest attributes at first boot.

Whoever can read them here is logged in to the project. Any process on that machine can write there, not only root;
so what was read at the first boot, before anything of ours ran there, is remembered and not asked for again.
"""

from __future__ import annotations

from ops.cloud import host_keys
from ops.cloud.gcp import account, instances
from ops.environment import Environment

QUERY = "hostkeys/"  # cloud.google.com/compute/docs/metadata/manage-guest-attributes


def keys(environment: Environment, instance: str) -> list[str]:
    """An instance's keys, `type base64` each; none before the agent has written them. Raises OperationError."""
    from googleapiclient.errors import HttpError

    compute = account.client(environment, "compute").instances()
    with account.asking(host_keys.NOTHING):
        try:
            answer = compute.getGuestAttributes(queryPath=QUERY, **instances.parts(instance)).execute()
        except HttpError as reason:
            if reason.resp.status == 404:  # so it is until the first value is written
                return []
            raise
    found = answer.get("queryValue", {}).get("items", ())
    return host_keys.whole(f"{one['key']} {one['value']}" for one in found if one["namespace"] == QUERY.strip("/"))


def lasting(environment: Environment, instance: str) -> str:
    """What no other machine will ever be called: a name can be given again, the number with it can not."""
    compute = account.client(environment, "compute").instances()
    with account.asking(host_keys.NOTHING):
        found = compute.get(fields="id", **instances.parts(instance)).execute()
    return f"{instance}#{found['id']}"


def shows(instance: str) -> str:
    """The command that shows what the keys are read from."""
    where = instances.parts(instance)
    return (
        f"gcloud compute instances get-guest-attributes {where['instance']} --query-path={QUERY} "
        f"--project {where['project']} --zone {where['zone']}"
    )
