"""What the help of a command says below its options: how its words are taken, and lines to type."""

from __future__ import annotations

ASK = """\
The message is TEXT; or stdin, where TEXT is - or left out; with both, TEXT, a
blank line, stdin. AGENT may be left out where a default is set (--agent). One
word is TEXT; with text on stdin it is AGENT, if there is one of that name and
no --agent beside it. For example:
  mcp-foundry ask "What are you?" --emulator
  git diff | mcp-foundry ask reviewer "Review this"
  mcp-foundry ask --continue "And in short?"
"""
CHAT = """\
Each line is a message; /help lists the commands among them. Ctrl+C cancels the
answer that is being written, Ctrl+D ends. From a pipe, stdout gets the answers
and nothing else. For example:
  mcp-foundry chat --emulator
  mcp-foundry chat --continue
  printf 'Hello\\nAnd in short?\\n' | mcp-foundry chat helper
Exit codes: 0 at a terminal; else that of `ask` for the first answer that was
not whole.
"""
BATCH = """\
FILE is JSONL or CSV with a header; of each row message, agent, conversation_id
and id are read. Each answer is a line of OUT, by its row's id or number,
written when it comes. Run again, it asks only what OUT has not got completed.
For example:
  mcp-foundry batch questions.jsonl --output answers.jsonl
  mcp-foundry batch texts.csv --output out.jsonl --message "Summarise {title}"
"""
CALL = """\
A NAME=VALUE is taken as it is where the tool takes text (there @FILE is that
file's text, and @@ a literal @), and as JSON elsewhere. `call TOOL --help`
tells what a tool takes. For example:
  mcp-foundry call ask_agent message="Hello" --emulator
  mcp-foundry call create_agent_version agent_name=poet instructions=@prompt.md
  mcp-foundry call batch_ask '{"requests": [{"message": "a"}]}' --lines
"""
PROBE = """\
It asks the agent some twenty short questions, each of which is paid for, and
asks before. What --json prints names no project, host, agent or id: it is fit
for an issue report.
"""
