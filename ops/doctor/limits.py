"""From which figure on doctor warns, and from which it is red; each with where it comes from."""

from __future__ import annotations

# Share of a filesystem that is in use. PostgreSQL stops when nothing is left; node_exporter's own alerts warn of 5 %
# left, and ext4 keeps as much back for root. At 15 % there is time to act.
DISK_WARN, DISK_FAIL = 0.85, 0.95
# Share of memory that is available without swapping. At nothing the kernel begins to kill; during a deploy a second
# release runs beside the first, and needs as much again.
MEMORY_WARN, MEMORY_FAIL = 0.10, 0.05
# Seconds between a host's clock and this machine's. systemd-timesyncd keeps to milliseconds; `restore TO=` goes by the
# clock, and the promise there is 60 s.
CLOCK_WARN, CLOCK_FAIL = 2.0, 60.0
# Days. The role renews a leaf with certificates_renew_days left at any `up`; at a week nothing but a person will.
LEAF_FAIL = 7
# Days since the last restore (CIS Controls 11.5: a recovery is tested every quarter), counted from the oldest backup
# where there was none.
RESTORE_WARN = 92
# Share of the longest age of a backup (database_backup_max_age_hours) at which the next one is late.
BACKUP_WARN = 0.9
# Days since apt's lists were read. Unattended upgrades read them every day.
LISTS_WARN = 7
# Days since drift was looked for; the nightly run does every day, and a week of red nights is nobody looking.
DRIFT_WARN = 7
# Seconds that a lock in a state bucket may be held: the longest `pulumi up` of ours, an RDS instance, takes 20 minutes.
LOCK_FAIL = 3600
# Bytes that this machine must have left: a release's wheels, its model and the host image are about a gigabyte.
CONTROLLER_BYTES = 2 * 1024**3
