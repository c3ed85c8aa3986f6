"""What an AWS account needs before its first environment."""
