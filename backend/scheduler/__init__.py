"""Which model is loaded where, for whom and for how long: one task owns all of it."""
