"""Named administrators: who is listed gets in by an own key; who is taken out keeps a home directory, nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.hosts.people import Admins, Person
from tests.hosts.site import Site

pytestmark = pytest.mark.full

HOST = "app2"

# What somebody who may come and go leaves running: after this, ps, cron and systemd all know the name.
BELONGINGS = """
set -e
echo 'minutes of the board' > ~/minutes.txt
mkdir -p ~/.config/systemd/user
printf '[Timer]\\nOnCalendar=hourly\\n[Install]\\nWantedBy=timers.target\\n' > ~/.config/systemd/user/poll.timer
printf '[Service]\\nExecStart=/bin/true\\n' > ~/.config/systemd/user/poll.service
sudo -n loginctl enable-linger ada
export XDG_RUNTIME_DIR=/run/user/$(id -u)
systemctl --user enable --now poll.timer
nohup sh -c 'trap "" TERM HUP; sleep 4001' > /dev/null 2>&1 &
sudo -n sh -c 'nohup setsid sleep 4002 > /dev/null 2>&1 &'
echo '0 3 * * * /bin/true' | crontab -
echo true | at now + 10 days
"""
# Not its own command line: the brackets keep grep's pattern from matching this.
LEFT = """
pgrep -u ada | wc -l; pgrep -fc "sleep 400[12]"; ls /var/spool/cron/crontabs /var/lib/systemd/linger | grep -cx ada
find /var/spool/cron/atjobs -user ada | wc -l; ls /home/ada/.ssh | grep -c authorized_keys; groups ada
"""


@pytest.fixture(scope="module")
def admins(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admins]:
    """app2, which has cron and at for as long as these tests last."""
    done = site.ssh(HOST, "apt-get install -yq --no-install-recommends cron at > /dev/null && touch /root/.mark")
    assert done.returncode == 0, done.stderr
    made = Admins(site, HOST, tmp_path_factory.mktemp("people"))
    yield made
    site.ssh(HOST, "apt-get purge -yq cron at > /dev/null; rm -rf /var/spool/cron /root/.mark")
    made.forget("ada", "bob")


@pytest.fixture(scope="module")
def ada(admins: Admins) -> Person:
    return Person.new("ada", admins.directory, admins.site, HOST)


@pytest.fixture(scope="module")
def bob(admins: Admins) -> Person:
    return Person.new("bob", admins.directory, admins.site, HOST)


def wait_until_closed(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail("a session that was open when its owner left is still open")


def test_who_is_listed_gets_in_and_who_is_taken_out_does_not(admins: Admins, ada: Person, bob: Person) -> None:
    """The life of an administrator on a host; what is left of one who went is a home directory."""
    admins.become(ada, bob)
    assert ada.run("sudo -n id -u").stdout == "0\n", "a key of one's own and sudo without a password"
    assert Person("bob", ada.key, ada.site, HOST).run("true").returncode != 0, "each has their own key and no other"

    done = ada.run(BELONGINGS)
    assert done.returncode == 0, done.stderr
    # Her key pasted where she might come back by: into the account that the controller uses, and into root's file.
    pasted = "tee -a /home/deploy/.ssh/authorized_keys /home/ada/.ssh/authorized_keys2 < /home/ada/.ssh/authorized_keys"
    assert admins.site.ssh(HOST, pasted).returncode == 0
    as_deploy = Person("deploy", ada.key, ada.site, HOST)
    assert as_deploy.run("true").returncode == 0, "the pasted key works, so the rest of this test proves something"
    control = f"ControlPath={admins.directory}/mux"
    session = subprocess.Popen([*ada.argv, "-tt", "sleep 4001"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    ada.run("true", "-o", control, "-o", "ControlMaster=yes", "-o", "ControlPersist=600")
    assert ada.run("true", "-o", control).returncode == 0
    there = admins.site.ssh(HOST, LEFT).stdout.split("\n")
    assert int(there[0]) > 5
    assert int(there[1]) >= 2
    assert there[2:5] == ["2", "1", "2"], "crontab and linger; an at job; two key files"

    changed, said = admins.become(bob, options=("--diff",))
    assert changed.changed > 0
    assert "ada: the account is locked, its sudo and groups are gone" in said
    wait_until_closed(session)
    assert ada.run("true").returncode != 0, "her key opens her account"
    assert as_deploy.run("true").returncode != 0, "her key opens the account that the controller uses"
    muxed = ada.run("true", "-o", control, "-o", "ControlMaster=no")
    assert muxed.returncode != 0, "a connection that was open before lets new sessions in"
    left = admins.site.ssh(HOST, LEFT).stdout.split("\n")
    assert left[:6] == ["0", "0", "0", "0", "0", "ada : ada"], left
    assert admins.site.ssh(HOST, "runuser -u ada -- sudo -n id").returncode != 0
    kept = admins.site.ssh(HOST, "cat /home/ada/minutes.txt").stdout
    assert kept == "minutes of the board\n", "a company's data stays"
    assert "failed-units=0" in admins.site.ssh(HOST, "/usr/local/lib/shoestring/guard state").stdout
    assert bob.run("sudo -n id -u").stdout == "0\n", "nobody else noticed"

    again, said = admins.become(bob)
    assert again.changed == 0, said


def test_who_comes_back_works_again_with_the_new_key_only(admins: Admins, ada: Person, bob: Person) -> None:
    admins.become(ada, bob)
    admins.become(bob)
    returned = Person.new("ada", admins.directory, admins.site, HOST)
    admins.become(returned, bob)
    assert returned.run("sudo -n id -u; systemctl --user list-timers --no-legend | grep -c poll").stdout == "0\n0\n"
    assert ada.run("true").returncode != 0, "the key that she had before she left"
    admins.become(ada, bob)
    assert ada.run("true").returncode == 0, "a key that is listed again is valid again"


def test_a_lost_laptop_is_a_changed_key_list(admins: Admins, bob: Person) -> None:
    """The key that is taken out of the list opens no account any more; what its owner runs goes on."""
    admins.become(bob)
    bob.run("nohup sleep 4003 > /dev/null 2>&1 &")
    admins.site.ssh(HOST, "cat /home/bob/.ssh/authorized_keys >> /home/deploy/.ssh/authorized_keys")
    new = Person.new("bob", admins.directory, admins.site, HOST)
    admins.become(new)
    assert new.run("pgrep -fc 'sleep 400[3]'").stdout == "1\n"
    assert bob.run("true").returncode != 0
    assert Person("deploy", bob.key, bob.site, HOST).run("true").returncode != 0


def test_check_mode_says_who_would_lose_what_and_takes_nothing(admins: Admins, ada: Person, bob: Person) -> None:
    admins.become(ada, bob)
    ada.run("nohup sleep 4004 > /dev/null 2>&1 &")
    state = "cat /etc/shadow /etc/group /etc/sudoers.d/shoestring /etc/ssh/shoestring-revoked-keys; ls -lR /home/ada"
    before = admins.site.ssh(HOST, state).stdout
    carol = Person.new("carol", admins.directory, admins.site, HOST)
    would, said = admins.become(bob, carol, options=("--check", "--diff"))
    assert would.changed > 0
    for told in (
        "+ada: the account is locked, its sudo and groups are gone",
        "processes are killed, with their sessions",
        "+ada: /home/ada/.ssh/authorized_keys goes",
        "is revoked for every account",
        "+carol: an account with sudo is made",
    ):
        assert told in said, told
    assert admins.site.ssh(HOST, state).stdout == before
    assert ada.run("pgrep -fc 'sleep 400[4]'").stdout == "1\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("deploy", "the user that Ansible logs in as"),
        ("www-data", "the system's own"),
        ("adm", "a group of the system's own"),
    ],
)
def test_an_account_of_the_system_is_no_administrators(admins: Admins, bob: Person, name: str, said: str) -> None:
    state = "cat /etc/passwd /etc/shadow /etc/group; cat /home/deploy/.ssh/authorized_keys"
    before = admins.site.ssh(HOST, state).stdout
    done = admins.run(Person(name, bob.key, bob.site, HOST))
    assert done.returncode != 0
    assert said in " ".join(done.stdout.split())
    assert "Nothing was changed." in done.stdout
    assert admins.site.ssh(HOST, state).stdout == before


def test_an_offboarding_that_was_killed_is_finished_by_the_next_run(admins: Admins, ada: Person, bob: Person) -> None:
    """Killed when the account is locked and nothing else is done: nobody is let in, and the rest follows."""
    admins.become(ada, bob)
    ada.run("nohup sleep 4005 > /dev/null 2>&1 &")
    admins.site.ssh(HOST, "printf '* * * * * true\\n' > /var/spool/cron/crontabs/ada")
    # Ansible's module is the one python3 whose login was deploy's; the service's own has no login.
    kill = """
    for i in $(seq 3000); do grep -q '^ada:!' /etc/shadow && break; sleep 0.01; done
    for pid in $(pgrep -x python3); do
        test "$(cat /proc/$pid/loginuid)" = "$(id -u deploy)" && kill -KILL $pid
    done; true
    """
    killer = subprocess.Popen(
        [*Person("deploy", admins.site.environment.state / "id_ed25519", admins.site, HOST).argv, "sudo", "sh", "-s"],
        stdin=subprocess.PIPE,
        text=True,
    )
    assert killer.stdin is not None
    killer.stdin.write(kill)
    killer.stdin.close()
    done = admins.run(bob)
    killer.wait(60)
    assert done.returncode != 0, "the run was not killed, so this test proves nothing"
    assert ada.run("true").returncode != 0, "locked first"
    admins.become(bob)
    assert admins.site.ssh(HOST, LEFT).stdout.split("\n")[:6] == ["0", "0", "0", "0", "0", "ada : ada"]
    assert admins.become(bob)[0].changed == 0


def test_verify_names_a_key_that_nobody_listed(admins: Admins, ada: Person) -> None:
    """The account that the controller uses opens by the environment's own key; another one is told, then removed."""
    admins.become()
    site, file = admins.site, "/home/deploy/.ssh/authorized_keys"
    assert site.ssh(HOST, f"echo '{ada.public}' >> {file}; echo '# by hand' >> {file}").returncode == 0
    done = site.playbook("verify", "--limit", HOST)
    assert done.returncode != 0
    assert "deploy: the key SHA256:" in done.stdout
    admins.become()
    assert ada.public.split()[1] not in site.ssh(HOST, f"cat {file}").stdout


def test_the_key_by_which_the_run_came_in_is_never_revoked(admins: Admins, ada: Person, bob: Person) -> None:
    """On servers that you own the controller may log in by somebody's own key: who goes then shuts everybody out."""
    admins.become(ada, bob)
    assert (
        admins.site.ssh(HOST, "cat /home/ada/.ssh/authorized_keys >> /home/deploy/.ssh/authorized_keys").returncode == 0
    )
    # As where the environment has no key of its own, and the controller is on Ada's laptop.
    theirs = Admins(admins.site, HOST, admins.directory)
    theirs.extra = {"footprint_ssh_key": "", "ansible_ssh_private_key_file": str(ada.key)}
    done = theirs.run(bob, options=("--ssh-extra-args", "-o IdentitiesOnly=yes -o ControlPath=none"))
    said = " ".join(done.stdout.split())
    assert done.returncode != 0, said
    assert (
        "of ada, which nobody in host_admins has any more; revoking it would shut you out. Nothing was changed." in said
    )
    assert ada.run("sudo -n id -u").stdout == "0\n", "nothing was changed"
    # By another key it is done, and her key does not open the controller's account either.
    theirs.extra["ansible_ssh_private_key_file"] = str(admins.site.environment.state / "id_ed25519")
    theirs.become(bob)
    assert Person("deploy", ada.key, ada.site, HOST).run("true").returncode != 0
