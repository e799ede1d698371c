"""How long a message may be."""

LIMIT = 1_000_000  # characters: more than any context holds
