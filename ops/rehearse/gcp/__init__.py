"""Google Cloud as a rehearsal has it: a recorded project, and the emulator of its storage."""
