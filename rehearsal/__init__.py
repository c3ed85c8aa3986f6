"""Clouds and hosts on this machine."""
