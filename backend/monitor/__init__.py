"""What runs now, for whoever watches."""
