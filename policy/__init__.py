"""The guardrails as a Pulumi policy pack."""
