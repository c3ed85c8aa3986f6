"""AWS as a rehearsal has it: moto for the account, versitygw for its buckets."""
