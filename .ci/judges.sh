#!/usr/bin/env bash
# The protocol's own judges (the conformance suite, the Inspector), other people's clients and
# hosts, Microsoft's agent server as a peer, what is shipped (wheel, sdist, bundle, image, the
# registry's description, what brings it to Azure), and Microsoft's samples against the emulator. All
# that they need comes from package registries: Python's from the extra `judges`, node's from
# tests/rigs/npm, each client's into a virtual environment of its own, the samples from the source
# distributions of the SDKs.
# Bounded: 40 minutes and 8 for the samples, of which a machine with two cores needs about five each.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
# As a user's: these change what Python does (PYTHONUNBUFFERED hides what is never flushed).
unset "${!PYTHON@}"

balancers() {
  local root=(env DEBIAN_FRONTEND=noninteractive)
  [ "$(id -u)" -eq 0 ] || root=(sudo -n "${root[@]}")
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends nginx haproxy > /dev/null
}
export PATH="$PATH:/usr/sbin"
{ command -v nginx && command -v haproxy; } > /dev/null || balancers

python3 -m venv "$work/judges"
export PATH="$work/judges/bin:$PATH"
python -m pip install -q -e ".[dev,judges]"
timeout 2400 python -m pytest -q -m "judges or clients" --durations=5
# Four at once: most of a sample's time is waiting for its client to be loaded, and two sleep a minute.
timeout 480 python -m pytest -q -m samples -n 4 --durations=5
