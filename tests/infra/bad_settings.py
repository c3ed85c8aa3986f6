"""Stack files that are bad in one of their settings."""

from __future__ import annotations

from tests.infra.footprints import ABSENT
from tests.infra.stacks import Bad, dev, prod

PROD = prod()
DIRECT = PROD | {"shoestring:ssh": "direct"}
JUMP = dev() | {"shoestring:ssh": "jump", "shoestring:admin_cidrs": ["192.168.7.0/24"]}
ACME = dev() | {"shoestring:certificate": {"acme": {"email": "a@b.net"}}}
HOST = "shoestring:hosts.0"
ALL = ["proxy", "service", "database"]


def hosts(*names: str) -> list[dict[str, object]]:
    """Hosts that serve, the first of them with all groups."""
    return [{"name": name, "groups": ["service"] if index else ALL} for index, name in enumerate(names)]


TWO_SPOT = dev() | {"shoestring:hosts": [host | {"spot": True} for host in hosts("solo", "more")]}
FOUR_GPUS = dev() | {"shoestring:hosts": [hosts("solo")[0] | {"machine": "g4dn.12xlarge"}]}


BAD = {
    # keys
    "misspelt": Bad("shoestring:teir", "dev", "shoestring:teir", "shoestring:tier", "did you mean `shoestring:tier`?"),
    "misspelt namespace": Bad(
        "shoestrng:owner", "a", "shoestrng:owner", "shoestring:owner", "did you mean `shoestring:owner`?"
    ),
    "no namespace": Bad("owner", "a", "owner", "shoestring:owner", "did you mean `shoestring:owner`?"),
    "region in our namespace": Bad(
        "shoestring:region", "eu-central-1", "shoestring:region", "aws:region", "did you mean `aws:region`?"
    ),
    "region misspelt": Bad("aws:regoin", "eu-central-1", "aws:regoin", "aws:region", "did you mean `aws:region`?"),
    "a key of nobody": Bad("shoestring:xyzzy", 1, "shoestring:xyzzy", "shoestring:cloud", "delete it"),
    "a key in unicode": Bad("shoestring:größe", 1, "shoestring:größe", "shoestring:size", "delete it"),
    "an empty key": Bad("", 1, "", "shoestring:cloud", "delete it"),
    "environment": Bad(
        "shoestring:environment", "x", "shoestring:environment", "aws:region", "the file's own name says it"
    ),
    "environment without namespace": Bad("environment", "x", "environment", "aws:region", "the file's own name"),
    "another cloud": Bad("gcp:project", "x", "gcp:project", "shoestring:cloud", "delete it"),
    "a provider's setting that hides another account": Bad(
        "aws:endpoints", [{"s3": "http://x"}], "aws:endpoints", "aws:profile", "delete it"
    ),
    "an access key": Bad("aws:secretKey", "canary77", "aws:secretKey", "no secret", "revoke it"),
    "misspelt in a host": Bad(f"{HOST}.group", ALL, "shoestring:hosts[0].group", "name, groups", "`groups`"),
    "misspelt in the budget": Bad(
        "shoestring:budget.monthly", 3, "shoestring:budget.monthly", "monthly_usd", "`monthly_usd`"
    ),
    "misspelt in the limits": Bad(
        "shoestring:limits", {"host": 3}, "shoestring:limits.host", "hosts, gpus", "did you mean `hosts`?"
    ),
    # what has to be there
    "cloud missing": Bad("shoestring:cloud", ABSENT, "shoestring:cloud", "aws", "add `shoestring:cloud: aws`"),
    "region missing": Bad("aws:region", ABSENT, "aws:region", "a region", "add `aws:region: eu-central-1`"),
    "tier missing": Bad("shoestring:tier", ABSENT, "shoestring:tier", "dev, prod", "add `shoestring:tier: dev`"),
    "owner missing": Bad("shoestring:owner", ABSENT, "shoestring:owner", "a tag", "add `shoestring:owner: ml-team`"),
    "image missing": Bad("shoestring:image", ABSENT, "shoestring:image", "Debian 13", "add `shoestring:image: debian-"),
    "hosts missing": Bad("shoestring:hosts", ABSENT, "shoestring:hosts", "machines", "add `shoestring:hosts: [{"),
    "budget missing": Bad("shoestring:budget", ABSENT, "shoestring:budget", "monthly_usd", "add `shoestring:budget: {"),
    "nobody is told of the budget": Bad(
        "shoestring:budget.emails", [], "shoestring:budget.emails", "who is told", "me@acme.dev"
    ),
    "no figure in the budget": Bad(
        "shoestring:budget.monthly_usd", ABSENT, "shoestring:budget.monthly_usd", "dollars", "add `monthly_usd: 30`"
    ),
    "a host without groups": Bad(f"{HOST}.groups", [], "shoestring:hosts[0].groups", "what runs there", "proxy"),
    "a host without a name": Bad(f"{HOST}.name", ABSENT, "shoestring:hosts[0].name", "a host name", "add `name: app1`"),
    "no hosts": Bad("shoestring:hosts", [], "shoestring:hosts", "machines", "write for example `shoestring:hosts: [{"),
    # types
    "tier null": Bad("shoestring:tier", None, "shoestring:tier", "dev, prod", "shoestring:tier: dev"),
    "tier empty": Bad("shoestring:tier", "", "shoestring:tier", "dev, prod", "shoestring:tier: dev"),
    "tier nearly": Bad("shoestring:tier", "Prod", "shoestring:tier", "dev, prod", "did you mean `prod`?"),
    "cloud of others": Bad("shoestring:cloud", "azure", "shoestring:cloud", "one of aws", "shoestring:cloud: aws"),
    "size nearly": Bad("shoestring:size", "smal", "shoestring:size", "small, medium, large", "did you mean `small`?"),
    "database nearly": Bad("shoestring:database", "manged", "shoestring:database", "host, managed", "`managed`"),
    "hosts as a mapping": Bad("shoestring:hosts", {"solo": ALL}, "shoestring:hosts", "(a list)", "shoestring:hosts: ["),
    "hosts as text": Bad("shoestring:hosts", "solo", "shoestring:hosts", "(a list)", "shoestring:hosts: ["),
    "hosts as broken JSON": Bad("shoestring:hosts", "[{", "shoestring:hosts", "(a list)", "shoestring:hosts: ["),
    "hosts as brackets": Bad("shoestring:hosts", "[" * 9999, "shoestring:hosts", "(a list)", "shoestring:hosts: ["),
    "a host as text": Bad("shoestring:hosts", ["solo"], "shoestring:hosts[0]", "a mapping", "name"),
    "the budget as a number": Bad("shoestring:budget", 30, "shoestring:budget", "a mapping", "shoestring:budget: {"),
    "a number as text": Bad(
        "shoestring:budget.monthly_usd", "30", "shoestring:budget.monthly_usd", "a whole number", "monthly_usd: 30"
    ),
    "a number with a fraction": Bad(
        "shoestring:budget.monthly_usd", 30.5, "shoestring:budget.monthly_usd", "a whole number", "monthly_usd: 30"
    ),
    "a number that is true": Bad(
        "shoestring:limits", {"hosts": True}, "shoestring:limits.hosts", "a whole number", "hosts: 4"
    ),
    "a budget of nothing": Bad(
        "shoestring:budget.monthly_usd", 0, "shoestring:budget.monthly_usd", "dollars", "monthly_usd: 30"
    ),
    "a budget beyond sense": Bad(
        "shoestring:budget.monthly_usd", 10**7, "shoestring:budget.monthly_usd", "dollars", "monthly_usd: 30"
    ),
    "no e-mail": Bad("shoestring:budget.emails", ["ops"], "shoestring:budget.emails[0]", "e-mail", "write it like"),
    "an e-mail twice": Bad(
        "shoestring:budget.emails", ["a@b.net", "a@b.net"], "shoestring:budget.emails", "once", "delete the second"
    ),
    "nat in words": Bad("shoestring:nat", "yes", "shoestring:nat", "true or false", "shoestring:nat: true"),
    "nat as a number": Bad("shoestring:nat", 1, "shoestring:nat", "true or false", "shoestring:nat: true"),
    "owner as a number": Bad("shoestring:owner", 42, "shoestring:owner", "a tag", "put it in quotes"),
    "owner in unicode": Bad("shoestring:owner", "Jörg", "shoestring:owner", "who answers", "write it like ml-team"),
    "owner with a line feed": Bad("shoestring:owner", "a\nb", "shoestring:owner", "who answers", "ml-team"),
    "owner of 100 kB": Bad("shoestring:owner", "a" * 100_000, "shoestring:owner", "who answers", "ml-team"),
    "region in capitals": Bad("aws:region", "EU-Central-1", "aws:region", "a region", "write it like eu-central-1"),
    "a region without prices": Bad(
        "aws:region", "eu-central-9", "aws:region", "one of eu-central-1", "make prices REGION=eu-central-9"
    ),
    "a zone for a region": Bad("aws:region", "eu-central-1a", "aws:region", "a region", "eu-central-1"),
    "another release": Bad(
        "shoestring:image", "debian-12-amd64-20260914-2601", "shoestring:image", "Debian 13", "debian-13"
    ),
    "another architecture": Bad(
        "shoestring:image", "debian-13-arm64-20260914-2601", "shoestring:image", "Debian 13", "debian-13-amd64"
    ),
    "whatever is newest": Bad("shoestring:image", "latest", "shoestring:image", "full name", "debian-13-amd64-"),
    "one zone": Bad("shoestring:zones", ["a"], "shoestring:zones", "two zones", 'shoestring:zones: ["a", "b"]'),
    "three zones": Bad("shoestring:zones", ["a", "b", "c"], "shoestring:zones", "at most 2", "remove"),
    "a zone in full": Bad("shoestring:zones", ["a", "eu-1b"], "shoestring:zones[1]", "the letter", "like a"),
    "zone by name": Bad("shoestring:zone", "mycompany.net", "shoestring:zone", "hosted zone", "Z0123456789ABCDEFGHIJ"),
    "a URL for a name": Bad("shoestring:names", ["https://a.b"], "shoestring:names[0]", "a DNS name", "no scheme"),
    "certificate unknown": Bad("shoestring:certificate", "letsencrypt", "shoestring:certificate", "internal", "acme"),
    # hosts
    "two hosts alike": Bad("shoestring:hosts", hosts("a", "a"), "shoestring:hosts[1].name", "no other", "correct"),
    "a host called like a group": Bad(
        f"{HOST}.name", "proxy", "shoestring:hosts[0].name", "of its own", "for example proxy1"
    ),
    "a host in capitals": Bad(f"{HOST}.name", "Solo", "shoestring:hosts[0].name", "a host name", "like app1"),
    "a host in unicode": Bad(f"{HOST}.name", "größe", "shoestring:hosts[0].name", "a host name", "like app1"),
    "a group misspelt": Bad(f"{HOST}.groups.0", "prxy", "shoestring:hosts[0].groups[0]", "proxy", "mean `proxy`?"),
    "a group twice": Bad(f"{HOST}.groups", ["proxy", "proxy"], "shoestring:hosts[0].groups", "once", "the second"),
    "two proxies": Bad(
        "shoestring:hosts.1",
        {"name": "app3", "groups": ["proxy", "service"]},
        "shoestring:hosts[1].groups",
        "one host in proxy",
        "take proxy out",
        PROD,
    ),
    "a proxy before nothing": Bad(
        f"{HOST}.groups", ["proxy", "database"], "shoestring:hosts[0].groups", "a host in service", "add service"
    ),
    "a database nowhere": Bad(
        f"{HOST}.groups", ["proxy", "service"], "shoestring:database", "one host in database", "managed`"
    ),
    "two databases": Bad(
        f"{HOST}.groups", ALL, "shoestring:hosts[0].groups", "no host in database", "`shoestring:database: host`", PROD
    ),
    "a bucket of one's own": Bad(
        f"{HOST}.groups", [*ALL, "bucket"], "shoestring:hosts[0].groups", "no host in bucket", "take bucket out"
    ),
    # networks
    "no network": Bad("shoestring:cidr", "everything", "shoestring:cidr", "CIDR", "10.20.0.0/24"),
    "impossible length": Bad("shoestring:cidr", "10.20.0.0/33", "shoestring:cidr", "CIDR", "10.20.0.0/24"),
    "host bits": Bad("shoestring:cidr", "10.20.0.7/16", "shoestring:cidr", "host bits", "write 10.20.0.0/16"),
    "too wide": Bad("shoestring:cidr", "10.0.0.0/15", "shoestring:cidr", "from /16 to /24", "10.20.0.0/16"),
    "too narrow": Bad("shoestring:cidr", "10.20.0.0/25", "shoestring:cidr", "from /16 to /24", "10.20.0.0/16"),
    "public addresses inside": Bad("shoestring:cidr", "8.8.0.0/16", "shoestring:cidr", "RFC 1918", "10.20.0.0/16"),
    "link-local addresses inside": Bad("shoestring:cidr", "169.254.0.0/16", "shoestring:cidr", "RFC 1918", "10.20"),
    "IPv6 inside": Bad("shoestring:cidr", "fd00::/20", "shoestring:cidr", "IPv4", "IPv6 is added by the cloud"),
    "overlapping with another": Bad(
        "shoestring:other_cidrs", ["10.20.128.0/20"], "shoestring:other_cidrs[0]", "another", "another `shoestring:cidr"
    ),
    "within another": Bad(
        "shoestring:other_cidrs", ["10.9.0.0/24", "10.0.0.0/8"], "shoestring:other_cidrs[1]", "another", "`shoestring:"
    ),
    "everybody an admin": Bad(
        "shoestring:admin_cidrs", ["0.0.0.0/0"], "shoestring:admin_cidrs[0]", "of your own", "the world is not one"
    ),
    "everybody by IPv6 an admin": Bad(
        "shoestring:admin_cidrs", ["::/0"], "shoestring:admin_cidrs[0]", "of your own", "the world is not one"
    ),
    "half of everybody an admin": Bad(
        "shoestring:admin_cidrs", ["128.0.0.0/1"], "shoestring:admin_cidrs[0]", "of your own", "the world is not one"
    ),
    "everybody an admin, directly": Bad(
        "shoestring:admin_cidrs", ["0.0.0.0/0"], "shoestring:admin_cidrs[0]", "of your own", "world is not one", JUMP
    ),
    "admins inside": Bad(
        "shoestring:admin_cidrs", ["10.20.7.0/24"], "shoestring:admin_cidrs[0]", "another", "`shoestring:cidr`", JUMP
    ),
    "admins with a tunnel": Bad(
        "shoestring:admin_cidrs", ["192.0.2.0/24"], "shoestring:admin_cidrs", "no SSH port", "`shoestring:ssh: direct`"
    ),
    "direct from nowhere": Bad(
        "shoestring:ssh", "direct", "shoestring:admin_cidrs", "one network", "`shoestring:ssh: tunnel`"
    ),
    "direct to hosts that the internet does not reach": Bad(
        "shoestring:admin_cidrs", ["8.8.4.0/24"], "shoestring:ssh", "every host", "`shoestring:ssh: jump`", DIRECT
    ),
    "a jump through nothing": Bad(f"{HOST}.groups", ["database"], "shoestring:ssh", "a proxy", "add proxy", JUMP),
    "a way in that is none": Bad("shoestring:ssh", "vpn", "shoestring:ssh", "tunnel, direct, jump", "shoestring:ssh"),
    "nobody may come in": Bad("shoestring:public_cidrs", [], "shoestring:public_cidrs", "the proxy", "0.0.0.0/0"),
    # protection, names, limits
    "prod without protection": Bad(
        "shoestring:deletion_protection",
        False,
        "shoestring:deletion_protection",
        "true",
        "`shoestring:tier: dev`",
        PROD,
    ),
    "a zone for no name": Bad("shoestring:zone", "Z0123456789", "shoestring:names", "one name", "`shoestring:zone`"),
    "ACME for no name": Bad(
        "shoestring:certificate", {"acme": {"email": "a@b.net"}}, "shoestring:names", "one name", "users type"
    ),
    "ACME for an address": Bad(
        "shoestring:names", ["192.0.2.7"], "shoestring:names[0]", "a DNS name", "`shoestring:certificate`", ACME
    ),
    "five hosts": Bad(
        "shoestring:hosts", hosts(*"abcde"), "shoestring:hosts", "at most 4", "`shoestring:limits: {hosts: 5}`"
    ),
    "a spot machine": Bad(f"{HOST}.spot", True, "shoestring:hosts", "limits.spot", "`shoestring:limits: {spot: 1}`"),
    "two spot machines": Bad(
        "shoestring:limits",
        {"spot": 1},
        "shoestring:hosts",
        "at most 1, which is limits.spot",
        "{spot: 2}`",
        TWO_SPOT,
    ),
    "GPUs beyond a limit that was raised": Bad(
        "shoestring:limits",
        {"gpus": 3, "machines": ["g4dn.12xlarge"]},
        "shoestring:hosts",
        "at most 3, which is limits.gpus",
        "{gpus: 4}`",
        FOUR_GPUS,
    ),
    "an expensive machine": Bad(
        f"{HOST}.machine", "m6a.48xlarge", "shoestring:hosts[0].machine", "t3a.small", "{machines: [m6a.48xlarge]}`"
    ),
    "a machine that is none": Bad(f"{HOST}.machine", "big one", "shoestring:hosts[0].machine", "type", "t3a.small"),
    "an arm64 machine": Bad(f"{HOST}.machine", "t4g.small", "shoestring:hosts[0].machine", "amd64", "t3a"),
    "a GPU": Bad(f"{HOST}.machine", "g4dn.12xlarge", "shoestring:hosts", "limits.gpus", "shoestring:limits: {gpus: 4}"),
    "a GPU of an unknown kind": Bad(
        f"{HOST}.machine", "p9.48xlarge", "shoestring:hosts[0].machine", "a known family", "infra/machines.py"
    ),
    "limits without a limit": Bad(
        "shoestring:limits", {"hosts": 51}, "shoestring:limits.hosts", "how many machines", "hosts: 4"
    ),
    # GitHub, and the state
    "a repository by its address": Bad(
        "shoestring:repository", "https://github.com/a/b", "shoestring:repository", "owner/name", "acme/predictor"
    ),
    "a repository without its owner": Bad(
        "shoestring:repository", "predictor", "shoestring:repository", "owner/name", "acme/predictor"
    ),
    "every repository of an owner": Bad(
        "shoestring:repository", "acme/*", "shoestring:repository", "owner/name", "acme/predictor"
    ),
    "one id of two": Bad(
        "shoestring:repository", "acme@1/predictor", "shoestring:repository", "owner@id/name@id", "acme/predictor"
    ),
    "a state on this machine": Bad(
        "shoestring:backend", "file://~", "shoestring:backend", "the bucket", "s3://shoestring-state-"
    ),
    "a state in no region": Bad(
        "shoestring:backend", "s3://states", "shoestring:backend", "with its region", "s3://shoestring-state-"
    ),
    "a state with a profile in it": Bad(
        "shoestring:backend",
        "s3://states?region=eu-central-1&profile=me",
        "shoestring:backend",
        "with its region",
        "s3://shoestring-state-",
    ),
}
KEPT_AS_TEXT = {"owner as a number"}
"""What is bad in the file only: Pulumi hands a number on as text, and as text it is good."""
