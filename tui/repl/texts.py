"""What the REPL says of itself, in the words of Ollama's (the specification's section J)."""

from __future__ import annotations

from dataclasses import dataclass

PLACEHOLDER = "Send a message (/? for help)"
HOW_TO_LEAVE = "Use Ctrl + d or /bye to exit."
NO_FORMAT = "Invalid or missing format. For 'json' mode use '/set format json'"

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of help: what one writes or presses, and what it does; texts in capitals and brackets are arguments."""

    title: str
    width: int
    lines: Lines

    def text(self, *more: str) -> str:
        """The page, with sentences below it."""
        rows = [f"  {written:<{self.width}} {about}".rstrip() for written, about in self.lines]
        return "\n".join([self.title, *rows, "", *(line for sentence in more for line in (sentence, ""))])


COMMANDS = Page(
    "Available Commands:",
    15,
    (
        ("/set", "Set session variables"),
        ("/show", "Show model information"),
        ("/list", "List models"),
        ("/load <model>", "Load a session or model"),
        ("/save <model>", "Save your current session"),
        ("/clear", "Clear session context"),
        ("/bye", "Exit"),
        ("/?, /help", "Help for a command"),
        ("/? shortcuts", "Help for keyboard shortcuts"),
    ),
)
IMAGES = "Use /path/to/file to include .jpg, .png, or .webp images."
TEXT_FILES = "Use @path/to/file to include a text file."
MULTI_LINE = 'Use """ to begin a multi-line message.'

SET = Page(
    "Available Commands:",
    22,
    (
        ("/set parameter ...", "Set a parameter"),
        ("/set system <string>", "Set system message"),
        ("/set history", "Enable history"),
        ("/set nohistory", "Disable history"),
        ("/set wordwrap", "Enable wordwrap"),
        ("/set nowordwrap", "Disable wordwrap"),
        ("/set format json", "Enable JSON mode"),
        ("/set noformat", "Disable formatting"),
        ("/set verbose", "Show LLM stats"),
        ("/set quiet", "Disable LLM stats"),
        ("/set think", "Enable thinking"),
        ("/set nothink", "Disable thinking"),
    ),
)
SHOW = Page(
    "Available Commands:",
    18,
    (
        ("/show info", "Show details for this model"),
        ("/show license", "Show model license"),
        ("/show modelfile", "Show Modelfile for this model"),
        ("/show parameters", "Show parameters for this model"),
        ("/show system", "Show system message"),
        ("/show template", "Show prompt template"),
    ),
)
PARAMETERS = Page(
    "Available Parameters:",
    37,
    (
        ("/set parameter seed <int>", "Random number seed"),
        ("/set parameter num_predict <int>", "Max number of tokens to predict"),
        ("/set parameter top_k <int>", "Pick from top k num of tokens"),
        ("/set parameter top_p <float>", "Pick token based on sum of probabilities"),
        ("/set parameter min_p <float>", "Pick token based on top token probability * min_p"),
        ("/set parameter num_ctx <int>", "Set the context size"),
        ("/set parameter temperature <float>", "Set creativity level"),
        ("/set parameter repeat_penalty <float>", "How strongly to penalize repetitions"),
        ("/set parameter repeat_last_n <int>", "Set how far back to look for repetitions"),
        ("/set parameter num_gpu <int>", "The number of layers to send to the GPU"),
        ("/set parameter stop <string> <string> ...", "Set the stop parameters"),
    ),
)
SHORTCUTS = Page(
    "Available keyboard shortcuts:",
    19,
    (
        ("Ctrl + a", "Move to the beginning of the line (Home)"),
        ("Ctrl + e", "Move to the end of the line (End)"),
        (" Alt + b", "Move back (left) one word"),
        (" Alt + f", "Move forward (right) one word"),
        ("Ctrl + k", "Delete the sentence after the cursor"),
        ("Ctrl + u", "Delete the sentence before the cursor"),
        ("Ctrl + w", "Delete the word before the cursor"),
        ("", ""),
        ("Ctrl + l", "Clear the screen"),
        ("Ctrl + g", "Open default editor to compose a prompt"),
        ("Ctrl + r", "Search what was written before"),
        (" Alt + Enter", "Begin a new line"),
        ("Ctrl + c", "Stop the model from responding"),
        ("Ctrl + d", "Exit (/bye)"),
    ),
)
