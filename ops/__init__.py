"""The verbs behind `make`: thin and typed. Logic that matters lives in the playbooks."""
