"""Model files made from model files: quantised, merged from a split set, or converted from safetensors (section F.3).

`process` is the parent's side, `child` the process that does the work: it takes minutes and every core, so it must
be possible to end it at once, and the engine's library stays out of the daemon.
"""
