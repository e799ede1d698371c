"""Puna's backend: one process per machine that loads models and serves them over HTTP."""

__version__ = "0.1.0"
