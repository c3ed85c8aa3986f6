"""What has to change on this host so that the listed people get in and nobody else who ever did. Plans, then acts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from . import people_join as join
from . import people_keys as keys
from . import people_leave as leave
from . import people_record as memory
from .people_accounts import Account, PeopleError, find, group_id, namesakes

Change = tuple[list[str], Callable[[], None]]
NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
UNCHANGED = "Nothing was changed."


@dataclass
class Site:
    """`admins`: name -> text of authorized_keys. `login_text` '' leaves the keys of `login` alone."""

    admins: dict[str, str]
    login: str
    login_text: str = ""
    others: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Refuses what must not be made an administrator's. Raises PeopleError before anything changes."""
        for name, text in self.admins.items():
            if problem := self._problem(name, text):
                raise PeopleError(f"host_admins: {problem} {UNCHANGED}")
        for name in sorted(set(self.others) & set(memory.read()) - {*self.admins, self.login}):
            raise PeopleError(
                f"{name} is no longer in host_admins, but is in host_ssh_login_users. {UNCHANGED}"
                " Take the name out of both to offboard it."
            )

    def plan(self) -> list[Change]:
        """(what is done in words, what does it), in the order of doing; nothing to do is []."""
        record = memory.read()
        leavers = self._leavers(record)
        wanted = {name: keys.identities(text) for name, text in self.admins.items()}
        complete = memory.extended(record, {**{each.name: leave.held_keys(each) for each in leavers}, **wanted})
        changes: list[Change] = []
        if complete and (complete != record or not memory.RECORD.is_file()):
            # First of all: what is not remembered can't be taken away by the run after a killed one.
            names = sorted(name for name, known in complete.items() if known != record.get(name))
            changes.append(([f"{', '.join(names)}: remembered, with their keys"], partial(memory.save, complete)))
        for account in leavers:
            if told := leave.plan(account):
                changes.append((told, partial(leave.carry_out, account)))
                self._warn(account)
        changes += self._revocation(complete)
        for name, text in self.admins.items():
            if told := join.plan(name, find(name), text):
                changes.append((told, partial(join.carry_out, name, text)))
        account = find(self.login)
        if self.login_text and account and (told := join.plan_keys(account, self.login_text)):
            changes.append((told, partial(join.write_keys, account, self.login_text)))
        return changes

    def _problem(self, name: str, text: str) -> str:
        account = find(name)
        if not NAME.fullmatch(name):
            return f"{name!r} can't name an account. Use a small letter, then small letters, digits, - and _."
        if name == self.login:
            return (
                f"{name} is the user that Ansible logs in as here, whose keys are not an administrator's."
                " Take it out of the list."
            )
        if account and (not account.ordinary or namesakes(account)):
            shared = ", ".join(namesakes(account))
            what = f"the same as {shared}" if shared else "the system's own"
            return f"the account {name} is {what} (number {account.uid}). Choose another name."
        group = group_id(name)
        if not account and group is not None and group < 1000:
            return f"{name} is a group of the system's own. Choose another name."
        lines = [line for line in text.splitlines() if line.strip()]
        if bad := [line for line in lines if not keys.identity(line)]:
            return f"{bad[0][:40]!r} of {name} is no public key. Paste the whole line of the .pub file."
        if not lines:
            return f"{name} has no key. List one, or take {name} out of the list to offboard."
        return ""

    def _leavers(self, record: memory.Record) -> list[Account]:
        found = [account for name in record if name not in {*self.admins, self.login} and (account := find(name))]
        kept = {account.uid for name in (*self.admins, self.login) if (account := find(name))}
        for account in found:
            if not account.ordinary or account.uid in kept:
                self.warnings.append(
                    f"{account.name} left, but the account is number {account.uid} now, which others use; it was left"
                    " alone. Look at it on the host."
                )
        return [account for account in found if account.ordinary and account.uid not in kept]

    def _revocation(self, record: memory.Record) -> list[Change]:
        """Never of the key by which we came in: that would shut the controller out."""
        valid = set().union(*map(keys.identities, (*self.admins.values(), self.login_text)))
        revoked = memory.revoked(record, valid)
        before = memory.read_revoked()
        ours = memory.login_key()
        if ours in revoked:
            raise PeopleError(
                f"This run logs in as {self.login} with the key {keys.fingerprint(ours)} of {revoked[ours]}, which"
                f" nobody in host_admins has any more; revoking it would shut you out. {UNCHANGED} Log in with another"
                f" key (put it into {self.login}'s authorized_keys first), then run this again."
            )
        account = find(self.login)
        if ours is None and account:  # sshd does not say yet; then whatever lets the controller in may be its key
            for key in leave.held_keys(account) & set(revoked) - keys.identities(before or ""):
                self.warnings.append(
                    f"The key {keys.fingerprint(key)} of {revoked.pop(key)} opens {self.login} too, and it is not known"
                    " whether this run came in by it, so it was not revoked. Run this again."
                )
        text = memory.revocation(revoked)
        if text == before:
            return []
        told = [
            f"{revoked[key]}: the key {keys.fingerprint(key)} is revoked for every account"
            for key in sorted(set(revoked) - keys.identities(before or ""))
        ]
        told += [
            f"the key {keys.fingerprint(key)} is valid again"
            for key in sorted(keys.identities(before or "") - set(revoked))
        ]
        told = told or [f"{memory.REVOKED} is written"]
        return [(told, partial(memory.write, memory.REVOKED, text, 0o644))]

    def _warn(self, account: Account) -> None:
        if found := leave.mentions(account.name):
            self.warnings.append(
                f"{account.name} left; these files of the host still name the account and were not touched:"
                f" {', '.join(found)}"
            )
