"""From a request to a stream of tokens: prompt, lease, engine, and the reading of what comes back."""
