# Installs $packages, but makes no cluster: Debian's own would have no checksums, and listen before it has our files.
export DEBIAN_FRONTEND=noninteractive
install -d -m 0755 /etc/postgresql-common
echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf

# What a killed run left half installed.
dpkg --force-confold --configure -a
apt-get --quiet --yes update
# Unsafe only for a machine that loses its memory: a host's power may be cut, but this machine's cache stays.
apt-get --quiet --yes --no-install-recommends --option DPkg::Lock::Timeout=120 --option Dpkg::Use-Pty=0 \
	--option Dpkg::Options::=--force-confold --option Dpkg::Options::=--force-unsafe-io install $packages
