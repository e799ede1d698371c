"""Images that a prompt of `puna run` names by their paths (the specification's section J)."""

from __future__ import annotations

import click

from backend.errors import BadRequest
from tui.prompt.attachments import AttachmentError, expand, mentions
from tui.terminal.sanitize import clean_line


def take_images(text: str) -> tuple[str, list[str]]:
    """The text without the paths of images, and the images in base64; each is announced on stderr.

    A path where no file is stays text. Raises `BadRequest` for a file that is no image, or too large.
    """
    images = [file for file in mentions(text) if file.image]
    try:
        expanded = expand(text, images, can_see=True)
    except AttachmentError as error:
        raise BadRequest(str(error)) from error
    for image in images:
        click.echo(clean_line(f"Added image '{image.path}'"), err=True)
    return expanded.text, list(expanded.images)
