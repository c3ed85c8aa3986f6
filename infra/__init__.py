"""What exists: machines, networks, databases and buckets, and the Footprint that describes them."""
