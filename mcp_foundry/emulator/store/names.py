"""What the things of a fresh emulator are called, for those who ask for them."""

DEFAULT_AGENT = "helper"
DEFAULT_MODEL = "scripted-model"
DEFAULT_EMBEDDING = "scripted-embedding"
DEFAULT_MEMORY_STORE = "memories"
CLASSIC_AGENT = "asst_helper"
TOKEN = "emulator"  # noqa: S105 - no secret: the emulator takes any bearer token
PROJECT_PATH = "/api/projects/emulator"
