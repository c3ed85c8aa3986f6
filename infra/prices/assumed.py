"""How much an environment is assumed to use of what is paid by use. The plan prints each beside its sum.

They are those of a small service: some 100,000 predictions a day of 2 KB.
"""

from __future__ import annotations

OUT_GB = 10
"""To the internet, for each public address. An account's first 100 GB a month are free, and not counted on."""
ZONES_GB = 5
"""Between zones, for each machine, in both directions."""
NAT_GB = 10
KEY_REQUESTS = 50_000
"""Buckets ask the key once for many objects (`bucket_key_enabled`); an account's first 20,000 are free."""
LOG_GB = 0.5
"""Into each log group a month."""
FLOWS_GB = 2
"""Of flow logs, one record per connection and ten minutes."""
MONITORING_GB = 1
"""Of RDS's enhanced monitoring, a record a minute."""
QUERIES = 100_000
"""Of each DNS record; resolvers keep it for five minutes."""

# Purpose of a bucket -> GB that it holds, writes and reads a month.
BUCKETS = {
    "artifacts": (2, 1_000, 10_000),
    # A segment of WAL at least every 45 s: 58,400 in a month.
    "backups": (10, 60_000, 10_000),
    "logs": (1, 10_000, 100),
}
OTHER_BUCKET = (10, 60_000, 10_000)
