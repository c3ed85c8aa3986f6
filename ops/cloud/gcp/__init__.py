"""Google Cloud as the verbs ask it: the same file names and attributes as ops/cloud/aws/."""
