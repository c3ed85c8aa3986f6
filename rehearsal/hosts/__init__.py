"""Debian 13 hosts on this machine: systemd-nspawn containers that all else treats as servers one owns."""
