"""AWS as the verbs ask it."""
