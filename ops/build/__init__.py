"""What a release is made of: built here from the service's source, or chosen from what was built before."""
