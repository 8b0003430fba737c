"""Small pictures in a terminal that can show them: kitty, iTerm2 and whatever takes sixels.

Importing this asks the terminal what it can, so that it happens once there is a picture, and only
where somebody looks at it.
"""

from __future__ import annotations

import logging
from io import BytesIO

from PIL import Image
from rich.console import Console
from textual_image.renderable import Image as TerminalImage
from textual_image.renderable import SixelImage, TGPImage

logger = logging.getLogger(__name__)

_WIDTH = 40
# What hosts show, and nothing else that the library could be made to read.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def show_picture(data: bytes) -> bool:
    """Draw a picture on stdout, and tell whether the terminal could; blocks of colour are none."""
    if TerminalImage not in {SixelImage, TGPImage}:
        return False
    try:
        picture: Image.Image = Image.open(BytesIO(data), formats=_FORMATS)
        picture.load()
        Console().print(TerminalImage(picture, width=_WIDTH, height="auto"))
    except Exception as failure:  # noqa: BLE001 - a picture is a courtesy, and a line told of it
        logger.info("A picture cannot be drawn here: %s", failure)
        return False
    return True
