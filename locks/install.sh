#!/bin/sh
# Brings .venv to the locked packages of the named groups and of those it has already; does nothing when no lock changed.
#   locks/install.sh base [train] [aws] [gcp] [rehearse] [dev]
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

groups=base
if [ -f .venv/.groups ]; then set -- "$@" $(cat .venv/.groups); fi
for group in train aws gcp rehearse dev; do
	case " $* " in *" $group "*) groups="$groups $group" ;; esac
done

state=$({ "$python" --version; pwd; sha256sum pyproject.toml; for group in $groups; do sha256sum "locks/$group.txt"; done; } | sha256sum)
if [ -f .venv/.installed ] && [ "$(cat .venv/.installed)" = "$state" ]; then exit 0; fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
	fail "$("$python" --version) is too old: ansible-core needs 3.11. Nothing was installed. Install a newer one and run: make PYTHON=python3.11 <verb>"

echo "Installing the locked packages ($groups) into .venv" >&2
rm -f .venv/.installed
if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	rm -rf .venv
	if command -v uv >/dev/null; then
		uv venv --quiet --python "$python" .venv
	else
		"$python" -c 'import ensurepip' 2>/dev/null || {
			sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
			command -v apt-get >/dev/null || fail "$python has no venv module. Nothing was installed. Install it and try again."
			$sudo apt-get update -q >&2
			$sudo apt-get install -q -y --no-install-recommends python3-venv >&2
		}
		"$python" -m venv .venv
	fi
fi

# uv where it can be had (seconds), pip otherwise (a minute). Both refuse a package whose hash is not in the lock.
locks= ; for group in $groups; do locks="$locks locks/$group.txt"; done
if command -v uv >/dev/null; then
	uv=uv
elif [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --require-hashes --no-deps -r locks/uv.txt; then
	uv=.venv/bin/uv
else
	uv=
fi
if [ -n "$uv" ]; then
	export UV_LINK_MODE=copy
	$uv pip sync --quiet --python .venv/bin/python --require-hashes $locks
	$uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
else
	.venv/bin/python -m pip install --quiet --require-hashes $(printf -- '-r %s ' $locks)
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
fi
# Compiled here and once, not by somebody's first plan, nor by each one where Python may not write byte code: what a plan
# imports, and of a cloud's SDK, which is half a million lines, the services that we use. The other hundred never.
for cloud in aws gcp; do
	case " $groups " in *" $cloud "*) ;; *) continue ;; esac
	sdk=$(echo .venv/lib/python3*/site-packages/pulumi_"$cloud")
	services=$(grep -Eoh "\b$cloud\.[a-z0-9]+\." "infra/$cloud"/*.py | cut -d. -f2 | sort -u)
	.venv/bin/python -m compileall -q -j0 -l "$sdk" $(printf "$sdk/%s " $services)
	PYTHONDONTWRITEBYTECODE='' .venv/bin/python -c "import ops.cli, ops.plan, ops.show_plan, rehearsal.program, infra.$cloud.environment" ||
		echo "warning: infra/$cloud can't be imported (above): the packages are installed, and every plan fails like this until it is mended" >&2
done
echo "$groups" > .venv/.groups
echo "$state" > .venv/.installed
