#!/usr/bin/python
"""Which release serves on a host: finds it, finds the one to go back to, and changes from one to the other."""

from __future__ import annotations

import time
import uuid
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: release
short_description: Change the release that serves on a host, or find out which could
description:
  - Releases are directories below C(/opt/shoestring/releases); the symlink C(current) names the one that serves, and
    C(deploys.jsonl) has a line for each change.
  - O(state=found) changes nothing.
  - O(state=tried) starts a release beside the one that serves and plays its canary set, and changes nothing else.
  - O(state=room) makes an empty directory that the release can be brought to, and removes what is beyond O(keep) and
    one more.
  - O(state=switched) lets traffic go to a release that runs already, watches it, and goes back by itself to the one
    before if it dies meanwhile. Then it lets the other releases finish, and removes what is beyond O(keep).
options:
  state:
    description: What is to be so.
    type: str
    choices: [found, tried, room, switched]
    required: true
  id:
    description: The release; with O(back), the one to go back to, empty for the last good one before today's.
    type: str
    default: ""
  environment:
    description: Digest of the requirements that the release needs; with it, O(state=found) says if their environment
      is here.
    type: str
  megabytes:
    description: What O(state=room) wants to be free.
    type: int
    default: 0
  back:
    description: Whether O(id) is gone back to; it then has to be on the host.
    type: bool
    default: false
  trial:
    description: With O(state=tried), the options of the module M(canary) but those that the release's own manifest
      tells. In C(alongside), C(%r) stands for the release, C(%c) for the one that
      serves and C(%m) for the release's schema module; it is not run for a release without one that can be asked.
    type: dict
    default: {}
  record:
    description: What goes into the record beside what is known here. C(begun) is how many seconds ago the run began.
    type: dict
    default: {}
  watch:
    description: Seconds for which the release has to live after the switch.
    type: float
    default: 0
  settle:
    description: The command that lets the releases finish which serve no more.
    type: path
    default: /usr/local/lib/shoestring/settle-release
  wait:
    description: Whether to wait until they have. A rollback does not.
    type: bool
    default: true
  keep:
    description: How many releases stay on the host. The one that serves and the one before it always do.
    type: int
    default: 5
attributes:
  check_mode:
    support: full
author: Shoestring
"""

EXAMPLES = r"""
- name: Let traffic go to the new release
  release:
    state: switched
    id: 0.1.0-dfcc44c4-fb2488
    record: {action: deploy, by: ada, from: laptop, begun: 12.5}
    watch: 2
"""

RETURN = r"""
current:
  description: The release that served before, null for none.
  type: str
  returned: always
present:
  description: The releases that are whole on this host.
  type: list
  elements: str
  returned: always
target:
  description: The release that is meant.
  type: str
  returned: always
staged:
  description: Whether that release is on this host.
  type: bool
  returned: always
environment:
  description: Whether its Python environment is on this host.
  type: bool
  returned: with the option
about:
  description: What its manifest says of how it is asked, if it is on this host.
  type: dict
  returned: staged
canary:
  description: Whether it has a canary set.
  type: bool
  returned: staged
record:
  description: The last lines of this host's record.
  type: list
  elements: dict
  returned: state is switched
settled:
  description: What had to be done to let the others finish.
  type: list
  elements: str
  returned: state is switched
removed:
  description: Releases and environments that were removed.
  type: list
  elements: str
  returned: state is room or switched
elapsed:
  description: Seconds that it took on the host, the watch and the waiting for the others included.
  type: float
  returned: success
"""

SHOWN = 20  # lines of the record

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["found", "tried", "room", "switched"], "required": True},
    "id": {"type": "str", "default": ""},
    "environment": {"type": "str"},
    "megabytes": {"type": "int", "default": 0},
    "back": {"type": "bool", "default": False},
    "trial": {"type": "dict", "default": {}},
    "record": {"type": "dict", "default": {}},
    "watch": {"type": "float", "default": 0},
    "settle": {"type": "path", "default": "/usr/local/lib/shoestring/settle-release"},
    "wait": {"type": "bool", "default": True},
    "keep": {"type": "int", "default": 5},
}


def main() -> None:
    """Run the module."""
    begin = time.monotonic()
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    # imported late: ansible-lint runs this file up to here, without our module_utils on its path
    from ansible.module_utils import release_record, release_switch

    options, place = module.params, release_record.Place()
    current, target, present = place.current(), options["id"], place.present()
    if options["back"]:
        try:
            target = release_switch.way_back(place, target)
        except release_switch.SwitchError as error:
            module.fail_json(msg=str(error), current=current, present=present)
    staged = target in present
    found = {"current": current, "present": present, "target": target, "staged": staged}
    if options["environment"]:
        found["environment"] = (place.environments / options["environment"]).is_dir()
    if staged:
        found |= {
            "about": place.manifest(target)["about"],
            "canary": (place.releases / target / "canary.json").is_file(),
        }
    if options["state"] == "tried" and not module.check_mode:
        try_out(module, place, found)
    if options["state"] == "room":
        make_room(module, place, begin)
    if options["state"] in ("found", "tried") or module.check_mode:
        would = options["state"] == "switched" and current != target
        module.exit_json(changed=would, elapsed=_since(begin), **found)
    given = dict(options["record"])
    begun = time.time() - float(given.pop("begun", 0))
    entry = {"id": str(uuid.uuid4()), "at": release_switch.moment(begun), **given}
    try:
        done = release_switch.switch(place, target, entry, begun, options)
    except release_switch.SwitchError as error:
        module.fail_json(msg=str(error), **found)
    record = place.lines()[-SHOWN:]
    module.exit_json(changed=any(done.values()), record=record, elapsed=_since(begin), **found, **done)


def try_out(module: AnsibleModule, place: Any, found: dict[str, Any]) -> None:
    """Ends the module."""
    from ansible.module_utils import canary_play, canary_trial, release_switch

    if not found["staged"]:
        module.fail_json(msg=f"There is no release {found['target']} on this host.", **found)
    release, about, given = found["target"], found["about"], module.params["trial"]
    canary, schema = place.releases / release / "canary.json", about.get("schema") or {}
    stands = {"%r": release, "%c": found["current"] or "", "%m": schema.get("module", "")}
    options = {
        "socket": f"/run/shoestring-service/{release}/http.sock",
        "canary": str(canary) if found["canary"] else None,
        "path": about["predict_path"],
        "ready_path": about["ready_path"],
        "unit": release_switch.unit(release),
        "start": True,
        "timeout": 10,
        **given,
        "alongside": [_filled(word, stands) for word in given["alongside"]] if schema.get("check") else [],
    }
    try:
        module.exit_json(changed=False, **found, **canary_trial.trial(options))
    except canary_play.CanaryError as error:
        module.fail_json(msg=str(error), **found)


def _filled(word: str, stands: dict[str, str]) -> str:
    for name, meant in stands.items():
        word = word.replace(name, meant)
    return word


def make_room(module: AnsibleModule, place: Any, begin: float) -> None:
    """Ends the module."""
    from ansible.module_utils import release_keep

    options = module.params
    if module.check_mode:
        module.exit_json(changed=True, elapsed=_since(begin))
    try:
        _, removed = release_keep.room(place, options["id"], options["megabytes"], options["keep"])
    except release_keep.RoomError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=True, removed=removed, elapsed=_since(begin))


def _since(begin: float) -> float:
    return round(time.monotonic() - begin, 3)


if __name__ == "__main__":
    main()
