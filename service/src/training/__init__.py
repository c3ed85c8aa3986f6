"""Trains the arrival-delay model; runs on the controller, never on a host."""
