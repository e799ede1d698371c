"""Bodies of the HTTP interfaces as typed structs, without behaviour."""
