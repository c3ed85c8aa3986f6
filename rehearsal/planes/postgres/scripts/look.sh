# Says how the host is, a key=value a line, and changes nothing. Standard input: the admin's password.
# $packages, $address, $port, $name, $user, $leaf, $ca, $manifest, $made, $firewall come before this text.
PGPASSWORD=$(cat)
export PGPASSWORD

# Within them `set -e` has no force.
yes() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }

installed() {
	for package in $packages; do
		test "$(dpkg-query --show --showformat='${db:Status-Status}' "$package")" = installed || return
	done
}

# What the file means is worked out in a network of its own, where nobody is shut out.
walled() {
	table='nft -s list table inet shoestring'
	test "$($table)" = "$(unshare --net sh -ec "nft -f '$firewall'; $table")"
}

running() {
	systemctl is-active --quiet postgresql@17-main.service &&
		systemctl is-enabled --quiet postgresql.service &&
		systemctl is-enabled --quiet nftables.service
}

# As a user: by the address and over TLS.
query="select rolcreaterole and rolcreatedb and not (rolsuper or rolreplication or rolbypassrls)
	and pg_get_userbyid(datdba) = current_user from pg_roles, pg_database
	where rolname = current_user and datname = current_database()"
export PGHOST="$address" PGPORT="$port" PGDATABASE="$name" PGUSER="$user" PGCONNECT_TIMEOUT=5
export PGSSLMODE=verify-full PGSSLROOTCERT="$ca"
admin=$(psql --no-psqlrc --no-password -At --command="$query" 2>&1) || true

echo "origin=${SSH_CONNECTION%% *}"
echo "installed=$(yes installed)"
echo "made=$(yes test -e "$made")"
echo "unchanged=$(yes sha256sum --check --status --strict "$manifest")"
echo "walled=$(yes walled)"
echo "running=$(yes running)"
echo "admin=$(echo "$admin" | tail -n 1)"
if test -e "$manifest"; then echo "manifest=$(base64 -w 0 "$manifest")"; fi
if test -e "$leaf"; then
	echo "leaf=$(sha256sum "$leaf" | cut -d ' ' -f 1)"
	echo "certificate=$(sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' "$leaf" | base64 -w 0)"
fi
