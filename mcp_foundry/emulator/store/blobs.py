"""Files in the data file: their bytes are read when they are asked for, and not kept in memory."""

from functools import partial

from mcp_foundry.emulator.store.codecs import Codec, whole
from mcp_foundry.emulator.store.database import Database
from mcp_foundry.emulator.store.files import Container, StoredFile
from mcp_foundry.emulator.wire.values import Json


class Blobs:
    """The bytes of files, by who has them and by their ids.

    Args:
        database: The data file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        columns = "owner TEXT, name TEXT, data BLOB NOT NULL, PRIMARY KEY (owner, name)"
        database.write(f"CREATE TABLE IF NOT EXISTS blobs ({columns})")

    def uploads(self) -> Codec[StoredFile]:
        """How an upload is written down."""

        def write(stored: StoredFile) -> Json:
            self._put("", stored)
            return stored.info

        return Codec(write, partial(self._lazy, ""), forget=partial(self._delete, ""), stays=False)

    def containers(self) -> Codec[Container]:
        """How a container is written down."""

        def write(files: Container) -> Json:
            for stored in files.values():
                self._put(stored.info["container_id"], stored)
            shown = {name: stored.info for name, stored in files.items()}
            return {"info": files.info, "files": shown}

        def make(written: Json) -> Container:
            container = Container(written["info"])
            for name, info in written["files"].items():
                container[name] = self._lazy(info["container_id"], info)
            return container

        return Codec(write, make, {"files": whole}, forget=self._empty, stays=False)

    def _put(self, owner: str, stored: StoredFile) -> None:
        if isinstance(stored.content, bytes):
            sql = "INSERT OR REPLACE INTO blobs (owner, name, data) VALUES (?, ?, ?)"
            self._database.write(sql, owner, stored.info["id"], stored.content)

    def _lazy(self, owner: str, info: Json) -> StoredFile:
        return StoredFile(info, partial(self._read, owner, info["id"]))

    def _read(self, owner: str, name: str) -> bytes:
        sql = "SELECT data FROM blobs WHERE owner = ? AND name = ?"
        # One that was deleted while it is read has nothing any more.
        return b"".join(data for (data,) in self._database.read(sql, owner, name))

    def _delete(self, owner: str, name: str) -> None:
        self._database.write("DELETE FROM blobs WHERE owner = ? AND name = ?", owner, name)

    def _empty(self, owner: str) -> None:
        self._database.write("DELETE FROM blobs WHERE owner = ?", owner)
