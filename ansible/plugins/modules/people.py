#!/usr/bin/python
"""Who may log in to a host and use sudo: one call for all its people, those who left included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: people
short_description: Let the listed administrators in, and nobody who has left
description:
  - Makes an account with sudo and exactly the listed keys for each administrator.
  - The host remembers every administrator and every key that it was ever given. Who is no longer listed is locked
    out, then loses sessions, processes, crontab, at jobs, user timers and keys; the home directory stays.
  - A key that is no longer listed by anybody is revoked for every account, wherever it was pasted; see RevokedKeys in
    sshd_config(5). The key by which the run itself came in is never revoked.
options:
  admins:
    description: Each has a C(name) and C(keys), lines as in authorized_keys.
    type: list
    elements: dict
    required: true
  login:
    description: The user that Ansible logs in as, who is never offboarded.
    type: str
    required: true
  login_keys:
    description: All keys that may log in as O(login). Empty leaves that user's keys alone.
    type: list
    elements: str
    default: []
  other_logins:
    description: Further users that sshd lets in.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
author: Shoestring
"""

EXAMPLES = r"""
- name: Let in who is listed, and nobody who has left
  people:
    admins:
      - {name: ada, keys: ["ssh-ed25519 AAAA... ada@laptop"]}
    login: deploy
"""

RETURN = r"""
actions:
  description: What was done, or in check mode what would be, a sentence each.
  type: list
  returned: always
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "admins": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "keys": {"type": "list", "elements": "str", "required": True, "no_log": False},
                },
            },
            "login": {"type": "str", "required": True},
            "login_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "other_logins": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    # imported late: ansible-lint runs this file up to here, without our module_utils on its path
    from ansible.module_utils import people_accounts, people_site

    options: dict[str, Any] = module.params
    texts = {admin["name"]: "\n".join(admin["keys"]) + "\n" for admin in options["admins"]}
    if len(texts) != len(options["admins"]):
        module.fail_json(msg="host_admins lists a name twice. Nothing was changed. Give each person one entry.")
    done: list[str] = []
    try:
        site = people_site.Site(
            admins=texts,
            login=options["login"],
            login_text="".join(f"{key}\n" for key in options["login_keys"]),
            others=options["other_logins"],
        )
        site.check()
        changes: list[tuple[list[str], Callable[[], None]]] = site.plan()
        actions = [text for texts, _ in changes for text in texts]
        if not module.check_mode:
            for texts, carry_out in changes:
                carry_out()
                done += texts
    except people_accounts.PeopleError as error:
        module.fail_json(msg=str(error), actions=done)
    except OSError as error:
        what = f"{error.filename or 'a file'}: {error.strerror}"
        module.fail_json(msg=f"{what}. Mend this on the host and run it again: what is done stays done.", actions=done)
    for warning in site.warnings:
        module.warn(warning)
    after = "".join(f"{text}\n" for text in actions)
    diff = {"before": "", "after": after, "before_header": "people", "after_header": "people"}
    module.exit_json(changed=bool(actions), actions=actions, diff=diff)


if __name__ == "__main__":
    main()
