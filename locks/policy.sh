#!/bin/sh
# Brings policy/.venv, in which Pulumi runs the policy pack, to locks/policy.txt; does nothing when it is there already.
# It is apart from .venv because pulumi-policy takes an older protobuf. Needs .venv, which has uv (locks/install.sh base).
set -eu
cd "$(dirname "$0")/.."
python=policy/.venv/bin/python
state=$({ .venv/bin/python --version; pwd; sha256sum locks/policy.txt; } | sha256sum)
if [ -x "$python" ] && [ "$(cat policy/.venv/.installed 2>/dev/null)" = "$state" ]; then exit 0; fi

echo "Installing the locked packages of the policy pack into policy/.venv" >&2
export UV_LINK_MODE=copy
rm -rf policy/.venv
.venv/bin/uv venv --quiet --python .venv/bin/python policy/.venv
.venv/bin/uv pip sync --quiet --python "$python" --require-hashes locks/policy.txt
echo "$state" > policy/.venv/.installed
