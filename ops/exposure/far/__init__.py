"""Programs that run on hosts, sent there by ops/far.py: Python's standard library alone."""
