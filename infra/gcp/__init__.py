"""Google Cloud: the same nouns as infra/aws/, made of Google's resources."""
