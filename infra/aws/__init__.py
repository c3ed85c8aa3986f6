"""What exists on AWS. Each file makes one thing; environment.py puts them together."""
