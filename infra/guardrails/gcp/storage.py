"""Rules about buckets: private, encrypted, versioned, and no pile of what nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator

from infra import naming
from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, at, must_be, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries, mapping

LEAST_OLD_DAYS, MOST_OLD_DAYS, MOST_PARTS_DAYS = 30, 365, 7
LEAST_KEPT_DAYS, LEAST_KEPT_BACKUPS_DAYS = 7, 21  # the role `database` keeps three weeks of backups
LEAST_LOG_DAYS = 90
DAY = 24 * 60 * 60
EVERYBODY = ("allUsers", "allAuthenticatedUsers")
LOG_WRITER = ("group:cloud-storage-analytics@google.com", "roles/storage.objectCreator")
ROLES = ("roles/storage.objectUser", "roles/storage.objectViewer", "roles/storage.objectCreator")
"""What a member of a bucket may have: none of them changes the bucket or who may use it."""


def _logs(bucket: Resource, stack: Stack) -> bool:
    """Whether it is the bucket that others' access logs go to."""
    return any(user.urn != bucket.urn for user in stack.users(bucket, tokens.BUCKET, "logging"))


def _encrypted(bucket: Resource, stack: Stack) -> Iterator[Fault]:
    if not at(bucket.inputs, "encryption.defaultKmsKeyName") or not stack.made_from(bucket, "encryption", tokens.KEY):
        yield Fault("it has no key of the environment", "the environment's own KMS key")


def _cleaned(bucket: Resource, stack: Stack) -> Iterator[Fault]:
    rules = [mapping(rule) for rule in entries(bucket.inputs.get("lifecycleRules"))]
    old, parts, ends = [], [], []
    for rule in rules:
        kind, when = at(rule, "action.type"), mapping(rule.get("condition"))
        if kind == "AbortIncompleteMultipartUpload":
            parts.append(number(when.get("age")))
        elif kind == "Delete" and when.get("withState") == "ARCHIVED":
            old.append(number(when.get("daysSinceNoncurrentTime")))
        elif kind == "Delete":
            ends.append(number(when.get("age")))
    if not old or not all(LEAST_OLD_DAYS <= days <= MOST_OLD_DAYS for days in old):
        yield Fault(f"old versions are kept {old or 'for ever'} days", f"{LEAST_OLD_DAYS} to {MOST_OLD_DAYS} days")
    if not any(0 < days <= MOST_PARTS_DAYS for days in parts):
        yield Fault("uploads that broke off stay, and are paid for", f"at most {MOST_PARTS_DAYS} days")
    if ends and not _logs(bucket, stack):
        yield Fault("its lifecycle deletes objects that are in use", "no deletion of current versions")
    if _logs(bucket, stack) and not any(days >= LEAST_LOG_DAYS for days in ends):
        yield Fault(f"logs are kept {ends} days", f"{LEAST_LOG_DAYS} or more")


def _kept(bucket: Resource, stack: Stack) -> Iterator[Fault]:
    backups = stack.settings.prod and bucket.name == naming.name(stack.settings.environment, "backups")
    least = LEAST_KEPT_BACKUPS_DAYS if backups else LEAST_KEPT_DAYS
    seconds = number(at(bucket.inputs, "softDeletePolicy.retentionDurationSeconds"))
    if seconds < least * DAY:
        yield Fault(f"what is deleted can be had back for {seconds / DAY:g} days", f"{least} or more")


def _backed_up(_: Resource, stack: Stack) -> Iterator[Fault]:
    wanted = naming.name(stack.settings.environment, "backups")
    if not any(bucket.name == wanted for bucket in stack.of(tokens.BUCKET)):
        yield Fault(f"there is no bucket {wanted}", "one, for the database's backups")


def _logged(bucket: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.prod or _logs(bucket, stack):
        return
    targets = stack.made_from(bucket, "logging", tokens.BUCKET)
    if not at(bucket.inputs, "logging.logBucket") or all(target.urn == bucket.urn for target in targets):
        yield Fault("nobody can tell who read it", "access logs in another bucket, in prod")


def _member(grant: Resource, stack: Stack) -> Iterator[Fault]:
    buckets, role = stack.made_from(grant, "bucket", tokens.BUCKET), grant.inputs.get("role")
    if role not in ROLES:
        yield Fault(f"its role is {shown(role)}", " or ".join(ROLES))
    if not buckets:
        yield Fault("it is about a bucket that is not of this stack", "a bucket of this stack")
    who = str(grant.inputs.get("member"))  # not known in a preview: it comes last
    if who in EVERYBODY:
        yield Fault(f"it lets in {who}", "named members")
    delivery = (who, role) == LOG_WRITER and any(_logs(bucket, stack) for bucket in buckets)
    if not delivery and not stack.made_from(grant, "member", tokens.ACCOUNT):
        yield Fault(f"it lets in {who}", "service accounts of this stack, and Google's log delivery to the logs alone")


_BUCKET = (tokens.BUCKET,)
RULES = (
    Rule(
        "gcs-no-public-access",
        "A bucket that anybody may list is the classic leak.",
        _BUCKET,
        must_be("publicAccessPrevention", "enforced"),
    ),
    Rule(
        "gcs-uniform",
        "With access lists on objects, nobody can tell who may read what.",
        _BUCKET,
        must_be("uniformBucketLevelAccess", True),
    ),
    Rule("gcs-own-key", "A copy in other hands is worth nothing without the key.", _BUCKET, _encrypted),
    Rule(
        "gcs-versioned",
        "What is overwritten or deleted by mistake can be had back.",
        _BUCKET,
        must_be("versioning.enabled", True),
    ),
    Rule("gcs-lifecycle", "What nobody needs is paid for each month.", _BUCKET, _cleaned),
    Rule("gcs-kept", "Who can delete everything must not be able to do it for good.", _BUCKET, _kept),
    Rule("gcs-backups", "A database without backups is lost one day.", (tokens.STACK,), _backed_up),
    Rule("gcs-access-logs", "After a leak, one must be able to tell what was read.", _BUCKET, _logged),
    Rule("gcs-named-members", "Each right is somebody's, and on one bucket.", (tokens.BUCKET_MEMBER,), _member),
)
