"""What is asked of pages, APIs, the database and the buckets by those who may not: each answer has to be a refusal."""
