"""Texts as models write them, and texts that are made to hurt."""

from __future__ import annotations

PARAGRAPHS = (
    "# The wind on the ridge",
    "The **trade wind** blows most days of the year, and `anemometer.read()` says how hard. It is *strongest* in the "
    "afternoon, when the land is warm; see [the table](http://example.org/wind) for what was measured.",
    "- one thing\n- another with **weight**\n  - a detail that takes more words than fit into one row\n- last",
    "1. Open the valve.\n\n   ```sh\n   systemctl restart valve\n   ```\n2. Wait until it is quiet.",
    "```python\ndef gust(samples: list[float]) -> float:\n"
    "    '''The strongest of three seconds.'''\n    return max(samples)  # m/s\n```",
    "| Hour | Speed | Note |\n|-----:|------:|:-----|\n| 6 | 3.1 | calm |\n| 14 | 11.8 | the sea breeze is here |",
    "> He said that it would blow.\n> It blew.",
)
REPLY = "\n\n".join(PARAGRAPHS) + "\n\n"
_SENTENCE = "The quick **brown** fox jumps over the `lazy` dog and then goes on to *do* other things. "
LONG = {
    "reply": REPLY * 20,
    "paragraph": _SENTENCE * 300,
    "lines": (_SENTENCE + "\n") * 300,
    "fence": "```python\n" + "".join(f"def f{n}(x):\n    return x + {n}  # note {n}\n\n" for n in range(700)),
    "fence in a list": "1. do:\n\n   ```sh\n" + "".join(f"   echo {n} && ls -la\n" for n in range(1300)),
    "list": "".join(f"- item {n} with **bold** and `code` and more words to wrap around\n" for n in range(400)),
    "table": "| a | b | c |\n|---|---|---|\n" + "".join(f"| row {n} | some text {n} | more |\n" for n in range(800)),
}
HOSTILE = {
    "asterisks": "*" * 10_000,
    "brackets": "[" * 10_000,
    "images": "![" * 5_000,
    "links": "[a](" * 4_000,
    "underscores": "__init__ " * 1_200,
    "quotes": "> " * 5_000,
    "nesting": "\n".join(" " * (2 * n) + "- x" for n in range(150)),
    "columns": "|a" * 3_000 + "\n" + "|-" * 3_000 + "\n",
    "short rows": "|a" * 30 + "|\n" + "|-" * 30 + "|\n" + "|\n" * 5_000,
    "one cell": "|a|b|\n|-|-|\n|" + "x " * 5_000 + "|\n",
    "code": "```bash\n" + '$("${a\n' * 2_500,
    "accents": "e" + "\u0301" * 10_000,
    "wide": "宽" * 10_000,
    "items": "- a\n" * 3_000,
}
