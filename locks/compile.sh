#!/bin/sh
# Writes the locks anew from the .in files: exact versions with hashes, and no index host. Needs uv.
set -eu
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header "$@"; }
for group in uv base train aws rehearse gcp dev build policy; do
	compile --universal --python-version 3.11 "locks/$group.in" --output-file "locks/$group.txt"
done
# For the Python of the hosts (Debian 13, amd64), not for the controller's.
compile --python-version 3.13 --python-platform x86_64-manylinux_2_28 service/requirements.in --output-file service/requirements.txt
