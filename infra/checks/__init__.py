"""Everything that people write for an environment, checked before any host is contacted: see environment.py."""
