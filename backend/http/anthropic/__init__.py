"""Anthropic's Messages API over the same inference as every other interface (the specification's section B.8)."""
