"""Google Cloud on this machine: what the program registers is checked, recorded, and told as Google does."""
