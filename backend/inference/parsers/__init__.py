"""Reading what families of models write: thinking, tool calls and content (the specification's sections G.9 and G.10).

`families.py` says which family writes how. Two machines split a stream: `sections.py` for replies in which tags stand
around thinking and calls, `messages.py` for replies that are made of messages with headers. The other modules read one
tool call each, in one of its wire forms.
"""
