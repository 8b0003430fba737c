"""The data file: one SQLite database, with one writer, that outlives a killed process."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, Protocol

from mcp_foundry.emulator.store.errors import DataFileError
from mcp_foundry.emulator.wire.refusals import Refusal

# "MCPF", by which a data file is known; and the version of what is in it.
APPLICATION = 0x4D435046
VERSION = 1
# How long another process may take to let go of the file, as one that is just ending.
PATIENCE = 0.5


class Kept(Protocol):
    """What is kept in the file."""

    def write(self) -> bool:
        """Put what has changed into the transaction; whether that may be anything."""
        ...

    def settle(self) -> None:
        """Note that it is saved."""
        ...


class Database:
    """An open data file, locked against every other process.

    A process that is killed loses nothing that was saved: what is saved is with the operating
    system. Only where that stops, as in a power cut, may the newest of it be lost.

    Args:
        file: Where it is; it is made where there is none.

    Raises:
        DataFileError: It cannot be used.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: list[Kept] = []
        self._closed = False
        self._changed = False
        _check_place(file)
        # Only with a log beside it may a file be shorter than it says: see `_open`.
        self._logged = file.with_name(f"{file.name}-wal").exists()
        try:
            self._connection = sqlite3.connect(
                # Absolute, or `:memory:` were none; a caller may open here and serve elsewhere.
                file.absolute(),
                timeout=PATIENCE,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            _explain(file, error)
        try:
            self.fresh = self._open()
        except sqlite3.Error as error:
            self._connection.close()
            _explain(file, error)
        except DataFileError:
            self._connection.close()
            raise

    def _open(self) -> bool:
        """Lock the file and look whether it is one of ours; whether it is new."""
        ask = self._ask
        # Without a shared memory beside it, which not every file system has.
        ask("PRAGMA locking_mode = EXCLUSIVE")
        application, version = ask("PRAGMA application_id"), ask("PRAGMA user_version")
        fresh = not (application or version or ask("SELECT count(*) FROM sqlite_master"))
        if not fresh:
            _check_version(self._file, application, version)
        ask("PRAGMA journal_mode = WAL")
        ask("PRAGMA synchronous = NORMAL")
        # A large upload leaves no large log behind.
        ask(f"PRAGMA journal_size_limit = {2**22}")
        self._connection.execute("BEGIN IMMEDIATE")
        if fresh:
            ask(f"PRAGMA application_id = {APPLICATION}")
            ask(f"PRAGMA user_version = {VERSION}")
            # What is new is there with all its first contents, or not at all: see `save`.
            return True
        self._connection.execute("COMMIT")
        size = ask("PRAGMA page_size") * ask("PRAGMA page_count")
        short = not self._logged and self._file.stat().st_size < size
        if short or ask("PRAGMA quick_check(1)") != "ok":
            raise sqlite3.DatabaseError("database disk image is malformed")
        return False

    def _ask(self, sql: str) -> Any:  # noqa: ANN401 - whatever the database says
        row = self._connection.execute(sql).fetchone()
        return row[0] if row else None

    def keep(self, kept: Kept) -> None:
        """Save that, too, from now on."""
        self._kept.append(kept)

    def connect(self) -> sqlite3.Connection:
        """The connection, for those that write by themselves."""
        return self._connection

    def read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        return self._do(lambda: self._connection.execute(sql, values).fetchall())

    def write(self, sql: str, *values: object) -> None:
        """Do one thing of a transaction, which begins with it where none has begun."""
        if not self._connection.in_transaction:
            self._do(lambda: self._connection.execute("BEGIN IMMEDIATE"))
        self._do(lambda: self._connection.execute(sql, values))

    def save(self) -> None:
        """Write down in one transaction whatever has changed.

        Raises:
            Refusal: It cannot be; it is tried again the next time.
        """
        if self._closed:
            raise Refusal(503, "server_error", "The emulator is closing.", kind="server_error")
        try:
            written = [kept for kept in self._kept if kept.write()]
            if self._connection.in_transaction:
                self._do(lambda: self._connection.execute("COMMIT"))
        except Refusal:
            self._connection.rollback()
            raise
        for kept in written:
            kept.settle()

    def close(self) -> None:
        """Save, and let go of the file; nothing is saved any more."""
        try:
            self.save()
        finally:
            self._closed = True
            self._connection.close()

    def _do(self, what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it returns
        try:
            return what()
        except sqlite3.Error as error:
            sentence = f"The emulator's data file {self._file} cannot be used: {error}."
            raise Refusal(500, "server_error", sentence, kind="server_error") from error


def _check_place(file: Path) -> None:
    if "\0" in str(file):
        raise DataFileError(f"{str(file)!r} is no name of a file. Choose another.")
    if file.is_dir():
        example = file / "foundry.db"
        raise DataFileError(f"{file} is a folder. Name a file in it, such as {example}.")
    folder = file.absolute().parent
    if not folder.is_dir():
        raise DataFileError(f"{file} cannot be made: there is no folder {folder}. Make it first.")
    if file.exists():
        try:
            # SQLite takes one that it may only read, and later says no more than "I/O error".
            with file.open("r+b"):
                pass
        except OSError:
            raise DataFileError(EXPLAINED["readonly"].format(file=file)) from None


def _check_version(file: Path, application: int, version: int) -> None:
    if application != APPLICATION:
        raise DataFileError(
            f"{file} is a database of another program. Name a file that the emulator made, or a "
            "new one."
        )
    if version != VERSION:
        raise DataFileError(
            f"{file} has format {version}, and this mcp-foundry reads format {VERSION}. Use the "
            "mcp-foundry that made it, or name a new file."
        )


def _explain(file: Path, error: sqlite3.Error) -> NoReturn:
    """Say what is wrong with a file, by SQLite's words: Python 3.10 has no codes for them."""
    told = str(error)
    for words, sentence in EXPLAINED.items():
        if words in told:
            raise DataFileError(sentence.format(file=file)) from None
    raise DataFileError(f"{file} cannot be used: {told}. Name another file.") from None


EXPLAINED = {
    "locked": "{file} is in use by another process. Stop that one, or name another file.",
    "not a database": "{file} is not a database. Name a file that the emulator made, or a new one.",
    "malformed": "{file} is damaged, as one that was cut short. Restore a copy of it, or name a "
    "new file.",
    "readonly": "{file} cannot be written, or its folder. Allow both, or name another file.",
    "unable to open": "{file} cannot be opened for writing. Allow that, or name another file.",
}
