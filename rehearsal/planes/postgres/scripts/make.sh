# Makes an empty cluster. What is there without $made was left by a killed run, unless it was ever started.
if [ -e /var/lib/postgresql/17/main/postmaster.opts ]; then
	echo 'it holds data of a PostgreSQL that no rehearsal made' >&2
	exit 1
fi
rm -rf /etc/postgresql/17/main /var/lib/postgresql/17/main
pg_createcluster --port "$port" --start-conf auto 17 main -- \
	--no-sync --data-checksums --encoding=UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256
install -d "${made%/*}"
touch "$made"
