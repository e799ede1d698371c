"""The doors: routes, one file per family, and what they share."""
