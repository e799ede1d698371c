"""Where runners run: the protocol that the scheduler sees, and this machine behind it."""
