"""Write the pictures."""

import anyio

from tests.docs.picture import making, tracing

if __name__ == "__main__":
    for picture in (making, tracing):
        picture.PATH.parent.mkdir(exist_ok=True)
        picture.PATH.write_text(anyio.run(picture.make), encoding="utf-8")
