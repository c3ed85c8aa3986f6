"""What a project of Google Cloud needs before its first environment: the same file names as ops/bootstrap/aws/."""
