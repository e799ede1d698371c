"""The OpenAI-compatible interface (the specification's sections B.1 to B.5 and B.7).

A request is translated to the native one and served by the same inference; its parts are translated back.
"""
