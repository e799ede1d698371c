"""The child that makes a PNG of a WebP image, from standard input to standard output.

Exit status 1 for an image that cannot be read or has too many pixels.
"""

from __future__ import annotations

import io
import resource
import sys

_MOST_PIXELS = 1 << 25
_MOST_MEMORY = 2 << 30  # bytes of address space


def main() -> None:
    from PIL import Image

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("WEBP",)) as image:
        if image.width * image.height > _MOST_PIXELS:
            sys.exit(f"the image has more than {_MOST_PIXELS} pixels")
        image.save(sys.stdout.buffer, "PNG", compress_level=1)


if __name__ == "__main__":
    main()
