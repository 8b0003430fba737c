"""The index that file search looks in: full-text search of SQLite, over pieces of files."""

import json
import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence

from mcp_foundry.emulator.store.vector_stores import Found

# A store is a table: what is common in one store may be rare in another, and a store goes as a
# whole. The file comes first in its rows, so that looking for one reads no text.
TABLE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5 "
    "(file UNINDEXED, name, text, tokenize = 'porter unicode61 remove_diacritics 2')"
)
COUNTED = "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"
# The text counts, then the name. Ranking is what costs, so only so many pieces are ranked.
RANKED = (
    "SELECT piece, rank FROM (SELECT rowid AS piece, bm25({table}, 0.0, 0.5, 1.0) AS rank "
    "FROM {table} WHERE {table} MATCH ?{further} LIMIT ?) ORDER BY rank"
)
AMONG = " AND file IN (SELECT value FROM json_each(?))"
MOST_RANKED = 2000
# A question of ten thousand characters is looked up by so many of its words.
MOST_WORDS = 24
# Of so many of the best pieces it is looked how many of the words each has.
LOOKED_AT = 40
# The words that say nothing of what is asked for; a question of these alone keeps them.
IDLE = frozenset(
    re.findall(
        r"\w+",
        """a about an and any are as at be by can do does for from has have how i in is it its me my
        of on or our please tell that the their there these this to us was we were what when where
        which who why will with you your""",
    )
)
# Chinese, Japanese and Korean are written without spaces: each character is a word of its own,
# behind a space of no width that is taken out again.
SPACELESS = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")
GAP = "\u200b"


class SearchIndex:
    """Pieces of files, by the store that they are in.

    Args:
        connection: An open database, which may hold other things; each call commits what it
            wrote.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, store: str, file: str, name: str, texts: Sequence[str]) -> None:
        """Add pieces of a file to a store."""
        table = _quoted(store)
        rows = [(file, _storable(name), _spaced(text)) for text in texts]
        with self._connection as database:
            database.execute(TABLE.format(table=table))
            database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608 - quoted

    def remove(self, store: str, file: str = "") -> None:
        """Remove a file from a store, or the whole store."""
        if not self._holds(store):
            return
        table = _quoted(store)
        with self._connection as database:
            if file:
                database.execute(f"DELETE FROM {table} WHERE file = ?", (file,))  # noqa: S608 - quoted
            else:
                database.execute(f"DROP TABLE {table}")

    def _holds(self, store: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (store,))
        return found.fetchone() is not None

    def find(
        self, store: str, query: str, most: int, allowed: Collection[str] | None = None
    ) -> list[Found]:
        """Return the pieces of a store that fit a question, best first, without attributes.

        Args:
            store: The store.
            query: The question, in any words and signs.
            most: How many to return.
            allowed: Which files are looked in; all where it is None.
        """
        words = _words(query)
        if not words or not self._holds(store):
            return []
        found = self._ranked(store, words, "", most, allowed)
        # Only where no word is there, one that begins with it is good enough.
        return found or self._ranked(store, words, "*", most, allowed)

    def _ranked(
        self, store: str, words: list[str], ending: str, most: int, allowed: Collection[str] | None
    ) -> list[Found]:
        table, found = _quoted(store), list[Found]()
        asked = self._rarest(table, [f'"{_spaced(word)}"{ending}' for word in words])
        begun = re.compile("|".join(_stem(word) for word in words), re.IGNORECASE)
        fetch = f"SELECT file, name, text FROM {table} WHERE rowid = ?"  # noqa: S608 - quoted
        among = [] if allowed is None else [json.dumps([*allowed])]
        ranked = self._connection.execute(
            RANKED.format(table=table, further=AMONG * len(among)), (asked, *among, MOST_RANKED)
        )
        for piece, rank in ranked.fetchmany(max(most, LOOKED_AT)):
            file, name, text = self._connection.execute(fetch, (piece,)).fetchone()
            plain = text.replace(GAP, "")
            met = {each.casefold() for each in begun.findall(f"{name} {plain}")}
            # In a store of few files every word is common, and the rank next to nothing: how many
            # of the words are there says more.
            score = (min(1.0, len(met) / len(words)) + rank / (rank - 1)) / 2
            found.append(Found(file, name, score, plain))
        return sorted(found, key=lambda each: -each.score)[:most]

    def _rarest(self, table: str, words: list[str]) -> str:
        """The words that few pieces have: what many have does not say which one is meant."""
        count = COUNTED.format(table=table)
        counts = {
            word: self._connection.execute(count, (word, MOST_RANKED)).fetchone()[0]
            for word in words
        }
        rarest = sorted(filter(counts.get, words), key=lambda word: counts[word])
        chosen, pieces = rarest[:1], sum(counts[word] for word in rarest[:1])
        for word in rarest[1:]:
            pieces += counts[word]
            if pieces <= MOST_RANKED:
                chosen.append(word)
        return " OR ".join(chosen or words[:1])


def _quoted(store: str) -> str:
    """The store's table in a statement, where it cannot be a parameter."""
    return '"{}"'.format(store.replace('"', '""'))


def _words(query: str) -> list[str]:
    words = list(dict.fromkeys(_apart(query.casefold())))
    telling = [word for word in words if word not in IDLE]
    return (telling or words)[:MOST_WORDS]


def _apart(query: str) -> Iterator[str]:
    # A word is what the index takes for one, which is no underscore.
    for word in re.findall(r"[^\W_]+", query):
        if not SPACELESS.search(word) or len(word) == 1:
            yield word
        else:
            yield from (word[at : at + 2] for at in range(len(word) - 1))


def _spaced(text: str) -> str:
    return SPACELESS.sub(rf"{GAP}\1{GAP}", _storable(text))


def _storable(text: str) -> str:
    """The text without what no database takes: a NUL ends it, and half a surrogate is no UTF-8."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _stem(word: str) -> str:
    """How a word begins, whatever it ends with: nearly what the index does."""
    short = re.escape(word[: max(4, len(word) - 3)])
    return short if SPACELESS.search(word) else rf"\b{short}"
