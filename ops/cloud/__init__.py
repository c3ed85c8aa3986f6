"""Environments in a cloud: the Pulumi CLI, its state backend, and what only the running cloud can tell."""
