"""Who really gets in: every door of an environment, tried from where others are."""
