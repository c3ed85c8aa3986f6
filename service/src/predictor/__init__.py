"""Predicts the arrival delay of a flight from what is known before it leaves."""

__version__ = "0.1.0"
