"""The queue of downloads that the backend owns: it goes on without a client and survives restarts."""
