"""Rules about buckets: private, encrypted, versioned, reached by TLS, and no pile of what nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra import naming
from infra.guardrails.aws import bucket_policies, tokens
from infra.guardrails.rule import Fault, Judge, Rule, at, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries, mapping

# Old versions are what an overwritten or deleted object is got back from; beyond a year they are only a bill.
LEAST_OLD_DAYS, MOST_OLD_DAYS, MOST_PARTS_DAYS = 30, 365, 7
LEAST_LOCK_DAYS = 21  # the role `database` keeps three weeks of backups
LEAST_LOG_DAYS = 90


def _logs(bucket: Resource, stack: Stack) -> bool:
    """Whether it is the bucket that others' access logs go to."""
    loggings = stack.users(bucket, tokens.BUCKET_LOGGING, "targetBucket")
    sources = [one.urn for logging in loggings for one in stack.made_from(logging, "bucket", tokens.BUCKET)]
    return any(urn != bucket.urn for urn in sources)


def _part(type_: str, judge: Judge) -> Judge:
    """A judge of buckets: each has its resource of a type, and `judge` finds nothing wrong with that."""

    def whole(bucket: Resource, stack: Stack) -> Iterator[Fault]:
        parts = stack.users(bucket, type_, "bucket")
        if not parts:
            yield Fault(f"it has no {type_.rpartition(':')[2]}", "one for each bucket")
        for part in parts:
            yield from judge(part, stack)

    return whole


def _blocked(block: Resource, _: Stack) -> Iterator[Fault]:
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        if block.inputs.get(name) is not True:
            yield Fault(f"{name} is {shown(block.inputs.get(name))}", "true")


def _owned(ownership: Resource, _: Stack) -> Iterator[Fault]:
    found = at(ownership.inputs, "rule.objectOwnership")
    if found != "BucketOwnerEnforced":
        yield Fault(f"objectOwnership is {shown(found)}", "BucketOwnerEnforced, which turns ACLs off")


def _encrypted(encryption: Resource, stack: Stack) -> Iterator[Fault]:
    if any(_logs(bucket, stack) for bucket in stack.made_from(encryption, "bucket", tokens.BUCKET)):
        expected, found = ["AES256", "aws:kms"], "no encryption"  # S3's own log delivery can't use a KMS key
    else:
        expected, found = ["aws:kms"], "no key of the environment"
    rules = entries(encryption.inputs.get("rules"))
    default = [mapping(mapping(rule).get("applyServerSideEncryptionByDefault")) for rule in rules]
    if not default or any(one.get("sseAlgorithm") not in expected for one in default):
        yield Fault("its encryption is not by KMS" if len(expected) == 1 else found, " or ".join(expected))
    elif "AES256" not in expected and not _by_own_key(encryption, default[0].get("kmsMasterKeyId"), stack):
        yield Fault(found, "the environment's own KMS key")


def _by_own_key(encryption: Resource, value: object, stack: Stack) -> bool:
    return bool(value) and bool(stack.made_from(encryption, "rules", tokens.KEY))


def _versioned(versioning: Resource, _: Stack) -> Iterator[Fault]:
    found = at(versioning.inputs, "versioningConfiguration.status")
    if found != "Enabled":
        yield Fault(f"versioning is {shown(found)}", "Enabled")


def _old_days(rule: Mapping[str, object]) -> float:
    return number(at(rule, "noncurrentVersionExpiration.noncurrentDays"))


def _cleaned(lifecycle: Resource, stack: Stack) -> Iterator[Fault]:
    logs = any(_logs(bucket, stack) for bucket in stack.made_from(lifecycle, "bucket", tokens.BUCKET))
    rules = [mapping(rule) for rule in entries(lifecycle.inputs.get("rules"))]
    general = [rule for rule in rules if rule.get("status") == "Enabled" and rule.get("filter") == {}]
    old = [_old_days(rule) for rule in general]
    soon = any(0 < _old_days(rule) < LEAST_OLD_DAYS for rule in rules)
    if soon or not any(LEAST_OLD_DAYS <= days <= MOST_OLD_DAYS for days in old):
        yield Fault(f"old versions are kept {old or 'for ever'} days", f"{LEAST_OLD_DAYS} to {MOST_OLD_DAYS} days")
    parts = [number(at(rule, "abortIncompleteMultipartUpload.daysAfterInitiation")) for rule in general]
    if not any(0 < days <= MOST_PARTS_DAYS for days in parts):
        yield Fault("uploads that broke off stay, and are paid for", f"at most {MOST_PARTS_DAYS} days")
    ends = [number(at(rule, "expiration.days")) for rule in rules]
    if not logs and (any(ends) or any(at(rule, "expiration.date") for rule in rules)):
        yield Fault("its lifecycle deletes objects that are in use", "no expiration of current versions")
    if logs and not any(days >= LEAST_LOG_DAYS for days in ends):
        yield Fault(f"logs are kept {ends} days", f"{LEAST_LOG_DAYS} or more")
    if not logs and not any(at(rule, "expiration.expiredObjectDeleteMarker") is True for rule in general):
        yield Fault("markers of deleted objects pile up", "expiredObjectDeleteMarker true")


def _locked(bucket: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.prod or bucket.name != naming.name(stack.settings.environment, "backups"):
        return
    if bucket.inputs.get("objectLockEnabled") is not True:
        yield Fault("its objects can't be locked", "objectLockEnabled true, in prod")
    locks = stack.users(bucket, tokens.BUCKET_LOCK, "bucket")
    kept = [mapping(at(lock.inputs, "rule.defaultRetention")) for lock in locks]
    if not any(
        one.get("mode") in ("GOVERNANCE", "COMPLIANCE") and number(one.get("days")) >= LEAST_LOCK_DAYS for one in kept
    ):
        yield Fault("a backup can be destroyed", f"a default retention of {LEAST_LOCK_DAYS} days or more, in prod")


def _backed_up(_: Resource, stack: Stack) -> Iterator[Fault]:
    wanted = naming.name(stack.settings.environment, "backups")
    if not any(bucket.name == wanted for bucket in stack.of(tokens.BUCKET)):
        yield Fault(f"there is no bucket {wanted}", "one, for the database's backups")


def _logged(bucket: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.prod or _logs(bucket, stack):
        return
    targets = [
        target
        for logging in stack.users(bucket, tokens.BUCKET_LOGGING, "bucket")
        for target in stack.made_from(logging, "targetBucket", tokens.BUCKET)
    ]
    if all(target.urn == bucket.urn for target in targets):
        yield Fault("nobody can tell who read it", "access logs in another bucket, in prod")


_POLICY = tokens.BUCKET_POLICY
_BUCKETS = (tokens.BUCKET,)
RULES = (
    Rule(
        "s3-no-public-access",
        "No policy or ACL, however wrong, may make an object public.",
        _BUCKETS,
        _part(tokens.BUCKET_PUBLIC_ACCESS, _blocked),
    ),
    Rule(
        "s3-no-acls",
        "An ACL grants access that no policy shows.",
        _BUCKETS,
        _part(tokens.BUCKET_OWNERSHIP, _owned),
    ),
    Rule(
        "s3-tls-only",
        "Without TLS, whoever is on the way reads models and backups.",
        _BUCKETS,
        _part(_POLICY, bucket_policies.refuses("Bool", "aws:SecureTransport", "false", "requests without TLS")),
    ),
    Rule(
        "s3-tls-version",
        "TLS before 1.2 is broken.",
        _BUCKETS,
        _part(_POLICY, bucket_policies.refuses("NumericLessThan", "s3:TlsVersion", "1.2", "TLS before 1.2")),
    ),
    Rule(
        "s3-no-strangers",
        "Who may read is said by roles; a bucket's policy lets in services of AWS at most.",
        (tokens.BUCKET_POLICY,),
        bucket_policies.strangers,
    ),
    Rule(
        "s3-own-key",
        "A key of one's own can be shut, and its use is on record.",
        _BUCKETS,
        _part(tokens.BUCKET_ENCRYPTION, _encrypted),
    ),
    Rule(
        "s3-versioned",
        "What is overwritten or deleted by mistake can be got back.",
        _BUCKETS,
        _part(tokens.BUCKET_VERSIONING, _versioned),
    ),
    Rule(
        "s3-lifecycle",
        "Old versions and broken uploads are paid for until somebody deletes them; what is in use must stay.",
        _BUCKETS,
        _part(tokens.BUCKET_LIFECYCLE, _cleaned),
    ),
    Rule("s3-locked-backups", "Whoever breaks in destroys the backups first.", _BUCKETS, _locked),
    Rule("s3-backups", "A database without a place for its backups has none.", (tokens.STACK,), _backed_up),
    Rule("s3-access-logs", "After a break-in, one must be able to tell what was read.", _BUCKETS, _logged),
)
