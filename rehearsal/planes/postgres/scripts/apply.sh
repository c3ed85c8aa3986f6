# Puts files into place and into force. Standard input: a tar of them, $manifest among them. $firewall: one of them.
data=/var/lib/postgresql/17/main
new="${manifest%/*}/new" # on the same file system, so that each lands in one step
rm -rf "$new"
install -d -g postgres -m 0750 "$new"
tar --extract --directory="$new" --same-owner --preserve-permissions

nft --check --file "$new$firewall"
postgres() { runuser -u postgres -- "$@"; }
postgres /usr/lib/postgresql/17/bin/postgres -C port -c config_file="$new/etc/postgresql/17/main/postgresql.conf" >/dev/null

land() { install -d "$(dirname "$1")" && mv -T "$new$1" "$1"; }
(cd "$new" && find . -type f -printf '/%P\n') | while read -r path; do
	if [ "$path" != "$manifest" ]; then land "$path"; fi
done

# The firewall first: nothing listens before it stands.
enabled() { systemctl is-enabled --quiet "$1" || systemctl enable --quiet "$1"; }
enabled nftables.service
nft -f "$firewall"

begin() {
	if ! systemctl "$1" postgresql@17-main.service; then
		tail -n 15 /var/log/postgresql/postgresql-17-main.log >&2
		exit 1
	fi
}
enabled postgresql.service
if systemctl is-active --quiet postgresql@17-main.service; then
	begin reload
	# The reload is asynchronous, and this view reads the files itself. They were found good above, so what it can't
	# apply waits for a restart: a value that has changed, or one in force that no file holds any more.
	waiting='select count(*) from pg_file_settings where error is not null'
	port=$(sed -n 4p "$data/postmaster.pid") # on which it listens yet
	if [ "$(postgres psql -AtX --port="$port" --command="$waiting")" != 0 ]; then begin restart; fi
else
	begin start
fi

# Last: by it the next run knows that all of this is in force.
land "$manifest"
rm -rf "$new"
