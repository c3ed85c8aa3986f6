"""What the two accounts of an environment may do. `plan` looks, `apply` makes.

Google's own roles for this are as wide as roles/editor, so these are lists of permissions. Where Google knows a thing's
name at the time it is asked, the right holds for the environment's own; networks and the like are the project's:
environments that must be safe from each other belong in projects of their own.
"""

from __future__ import annotations

from infra.gcp import shared as names
from infra.gcp.shared import Shared
from infra.settings_clouds import Gcp
from ops.bootstrap.gcp import actions, policies
from ops.bootstrap.gcp.policies import Grant

SSH = 22
PURPOSES = ("artifacts", "backups", "logs")  # infra/gcp/bucket.py
WHAT = {
    "shoestring_plan": "Sees how things are set up, no data and no secret",
    "shoestring_apply": "Makes and changes what is in infra/gcp/",
    "shoestring_apply_own": "Removes it and reads the database's secret; given for one environment's own names",
    "shoestring_apply_models": "Reads and writes models; given for one environment's artifacts",
}


def roles() -> dict[str, list[str]]:
    """The project's custom roles, by their ids: what each may do, sorted."""
    own, looks = actions.permissions(actions.OWN), actions.permissions(actions.LOOKS)
    everything = actions.of() | actions.permissions(actions.VERBS) | looks
    contents = {
        "shoestring_plan": looks,
        "shoestring_apply": everything - own,
        "shoestring_apply_own": own,
        "shoestring_apply_models": {f"storage.objects.{verb}" for verb in ("create", "delete", "get")},
    }
    return {role: sorted(permissions) for role, permissions in contents.items()}


def member(shared: Shared, kind: str, environment: str) -> str:
    """The account that GitHub acts as, in a policy."""
    return f"serviceAccount:{shared.role(kind, environment)}"


def in_project(shared: Shared, number: str, environment: str) -> list[Grant]:
    apply, custom = member(shared, "apply", environment), f"projects/{shared.project}/roles"
    ours = f"what is {environment}'s"
    artifacts = f"projects/_/buckets/{environment}-artifacts-"
    models = f'{policies.beginning(artifacts)} && resource.name.extract("/objects/{{first}}/") == "models"'
    return [
        Grant(f"{custom}/shoestring_plan", member(shared, "plan", environment)),
        Grant(f"{custom}/shoestring_apply", apply),
        Grant(f"{custom}/shoestring_apply_own", apply, (ours, _own(shared, number, environment))),
        Grant(f"{custom}/shoestring_apply_models", apply, (f"{environment}'s models", models)),
        Grant("roles/iap.tunnelResourceAccessor", apply, ("SSH only", f"destination.port == {SSH}")),
    ]


def _own(shared: Shared, number: str, environment: str) -> str:
    return policies.any_of(
        policies.beginning(
            *(f"projects/_/buckets/{environment}-{purpose}-" for purpose in PURPOSES),
            f"projects/{number}/secrets/{environment}-",  # by the number: so does Secret Manager say it
            f"{shared.key_ring}/cryptoKeys/{environment}-",
        ),
        # The first are also the databases: projects/<project>/instances/<name>.
        policies.called(environment, "instances", "disks", "firewalls", "forwardingRules"),
    )


def in_bucket(shared: Shared, environment: str) -> list[Grant]:
    """Both see which files there are, as Google tells one name from another only where one is opened."""
    plan, apply = (member(shared, kind, environment) for kind in ("plan", "apply"))
    files = (f"{environment}'s state", policies.state_files(shared, environment))
    return [
        Grant("roles/storage.legacyBucketReader", plan),
        Grant("roles/storage.legacyBucketReader", apply),
        Grant("roles/storage.objectViewer", plan, files),
        Grant("roles/storage.objectUser", apply, files),
    ]


def on_key(shared: Shared, environment: str) -> list[Grant]:
    """`plan` can't open the secrets in the state, and so can't run `pulumi preview`, which asks for them at once."""
    return [Grant(policies.USES_KEY, member(shared, "apply", environment))]


def on_account(shared: Shared, settings: Gcp, number: str, kind: str) -> list[Grant]:
    """Who may act as the account of `kind`. `apply` signs URLs as itself, which Google counts as a right of its own."""
    assert settings.repository is not None, "without one there is nobody to act as it"
    found = policies.trust(number, settings.repository, kind, settings.environment)
    if kind == "apply":
        found.append(Grant("roles/iam.serviceAccountTokenCreator", member(shared, "apply", settings.environment)))
    return found


def on_host(shared: Shared, environment: str) -> list[Grant]:
    """On each account of hosts: `apply` may let a machine run as it."""
    return [Grant("roles/iam.serviceAccountUser", member(shared, "apply", environment))]


def hosts(settings: Gcp) -> dict[str, str]:
    """The accounts that the hosts run as: id -> what a console shows."""
    return {
        names.account_id(settings.environment, host.groups): names.account_title(settings.environment, host.groups)
        for host in settings.hosts
    }
