"""From the items of a conversation to what the model is told."""

from mcp_foundry.emulator.files.noticing import notice_part, notice_text, notice_upload
from mcp_foundry.emulator.http.calls import Call
from mcp_foundry.emulator.model.question import Question, Reply, words_of
from mcp_foundry.emulator.responses.answering import Asked
from mcp_foundry.emulator.responses.replies import ASKS_THE_CALLER
from mcp_foundry.emulator.responses.shapes import tools_of
from mcp_foundry.emulator.store.files import Files
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text

# What a request settles for itself where it asks a model, and an agent's version otherwise.
SETTLED = ("instructions", "tools", "tool_choice", "temperature", "top_p", "text", "reasoning")


def settings_of(request: Json, asked: Asked) -> Json:
    """What holds for this response: the agent's definition, or the request's own words."""
    if asked.reference:
        choice = request.get("tool_choice")
        return {**asked.definition, **({"tool_choice": choice} if choice else {})}
    own = {name: request[name] for name in SETTLED if request.get(name) is not None}
    return {**own, **asked.definition}


def question_of(
    call: Call, name: str, settings: Json, items: list[Json], replies: tuple[Reply, ...]
) -> Question:
    """What the model is told: all that was said, and the message that nobody answered yet.

    Args:
        call: The request.
        name: Who is asked.
        settings: See `settings_of`.
        items: The conversation with what the request adds to it.
        replies: What the caller answers with it.
    """
    place = _unanswered(items)
    newest = items[place] if place is not None else {}
    parts = tuple(map(as_object, as_list(newest.get("content"))))
    files = call.store.files
    attached = filter(None, [*_texts(parts), *(notice_part(part, files) for part in parts)])
    message = words_of(newest)
    limit = call.body.get("max_output_tokens")
    return Question(
        name,
        as_text(settings.get("instructions")),
        message,
        tuple(item for item in items if item is not newest),
        replies,
        directives=message,
        attached=(*attached, *_at_hand(settings, files)),
        parts=parts,
        tools=tuple(map(as_object, as_list(settings.get("tools")))),
        choice=settings.get("tool_choice"),
        text_format=as_object(as_object(settings.get("text")).get("format")),
        limit=limit if isinstance(limit, int) else 0,
        sampling={key: settings[key] for key in ("temperature", "top_p") if key in settings},
        lookup=files,
    )


def _unanswered(items: list[Json]) -> int | None:
    """Where the message stands that is asked now: the last one, unless it was acted on."""
    for place in range(len(items) - 1, -1, -1):
        kind = items[place]["type"]
        if kind in ASKS_THE_CALLER:
            return None
        if kind == "message":
            return place if items[place].get("role") == "user" else None
    return None


def _texts(parts: tuple[Json, ...]) -> list[str]:
    """What is said of texts beside the message, which is the first of them."""
    texts = [as_text(part.get("text")) for part in parts if part.get("type") == "input_text"]
    return [notice_text(text) for text in texts[1:]]


def _at_hand(settings: Json, files: Files) -> list[str]:
    """What the code interpreter was given."""
    interpreters = tools_of(settings, "code_interpreter")
    containers = [as_object(tool.get("container")) for tool in interpreters]
    ids = [as_text(each) for one in containers for each in as_list(one.get("file_ids"))]
    return [notice_upload(each, files) for each in filter(None, ids)]
