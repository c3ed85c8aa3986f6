"""What really runs for what an emulated account has: hosts for its machines, PostgreSQL for its databases, buckets."""
