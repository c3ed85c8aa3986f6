"""Data lies on the volume that the Footprint names, through reboots, and on nothing else: never on the root disk by accident."""
