"""Google's storage on this machine: the emulator of its JSON API, by TLS, with tokens and who may do what."""
