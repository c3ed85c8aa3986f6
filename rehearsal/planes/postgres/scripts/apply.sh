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
systemctl enable --quiet --now nftables.service
nft -f "$firewall"

begin() {
	if ! systemctl "$1" postgresql@17-main.service; then
		tail -n 15 /var/log/postgresql/postgresql-17-main.log >&2
		exit 1
	fi
}
systemctl enable --quiet postgresql.service
if systemctl is-active --quiet postgresql@17-main.service; then
	begin reload
	# The reload is asynchronous, and pg_file_settings reads the files itself: what waits for a restart, and what is in
	# force though no file holds it any more.
	waiting="select (select count(*) from pg_file_settings where error = 'setting could not be applied')
		+ (select count(*) from pg_settings where context = 'postmaster' and source = 'configuration file'
			and name not in (select name from pg_file_settings))"
	port=$(sed -n 4p "$data/postmaster.pid") # on which it listens yet
	if [ "$(postgres psql -AtX --port="$port" --command="$waiting")" != 0 ]; then begin restart; fi
else
	begin start
fi

# Last: by it the next run knows that all of this is in force.
land "$manifest"
rm -rf "$new"
