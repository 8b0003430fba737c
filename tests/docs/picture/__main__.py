"""Write the picture."""

import anyio

from tests.docs.picture.making import PATH, make

if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(anyio.run(make), encoding="utf-8")
