#!/usr/bin/python
"""The host's half of `tree`; the action plugin of the same name renders and calls it once a host."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: tree
short_description: Write all configuration files of a role in one task
description:
  - Renders every file below the role's C(templates/) on the controller and writes it at its target
    path, with one module call a host. C(templates/etc/x.conf.j2) becomes C(/etc/x.conf); one without C(.j2)
    is copied byte for byte.
  - Names at the top of C(templates/) that start with C(_) are not written; keep macros and includes there.
  - Files are staged beside their targets, checked, then renamed. A run that fails puts everything back; one
    that is killed is mended by the next.
  - From the first change until a task with O(state=settled), every run reports changed, so that handlers
    which a kill took are notified again. Make that task the last handler of the role.
options:
  name:
    description: Name of the record on the host, C(/var/lib/shoestring/tree/<name>.json). Files written under
      this name earlier and no longer in the templates are removed.
    type: str
    required: true
  files:
    description: Exceptions by target path without the leading slash; each a dictionary of C(owner),
      C(group), C(mode) (quoted octal), C(secret) (contents never shown) and C(validate) (a command without
      shell; C(%s) is the staged file, which lies beside the target under another name).
    type: dict
    default: {}
  directories:
    description: Directories with an owner or mode of their own, by path without the leading slash; each a
      dictionary of C(owner), C(group), C(mode). Others are made when missing, mode 0755, and else left alone.
    type: dict
    default: {}
  exclude:
    description: Target paths of templates that this host does not get; removed if tree wrote them earlier.
    type: list
    elements: str
    default: []
  absent:
    description: Paths of files and symbolic links that must not exist.
    type: list
    elements: str
    default: []
  validate_after:
    description: Command (without shell) run on the host after changed files have landed; if it fails, every
      file is put back as it was.
    type: str
    default: ""
  source:
    description: Directory of the templates, relative to the role (or to the playbook outside of roles).
    type: str
    default: templates
  owner:
    description: Owner of everything without an exception, by name or number.
    type: str
    default: root
  group:
    description: Group of everything without an exception, by name or number.
    type: str
    default: root
  root:
    description: Directory on the host that target paths and records are relative to.
    type: str
    default: /
  state:
    description: V(settled) says that the handlers have run; it only clears the mark.
    type: str
    choices: [present, settled]
    default: present
  payload:
    description: The rendered files. Made by the action plugin; not for playbooks.
    type: str
author: Shoestring
"""

EXAMPLES = r"""
- name: Configure nginx | proxy
  tree:
    name: proxy
    files:
      etc/nginx/keys.conf: {mode: "0600", secret: true}
      etc/sudoers.d/nginx: {mode: "0440", validate: visudo -cf %s}
    directories:
      var/cache/proxy: {owner: www-data, mode: "0750"}
    exclude: "{{ [] if proxy_public else ['etc/nginx/conf.d/public.conf'] }}"
    absent: [etc/nginx/sites-enabled/default]
    validate_after: nginx -t
  notify: Reload nginx

- name: Remember that the handlers of proxy have run
  tree:
    name: proxy
    state: settled
"""

RETURN = r"""
changed_files:
  description: Target paths written by this call, without the leading slash.
  type: list
  returned: state is present
removed_files:
  description: Target paths removed by this call.
  type: list
  returned: state is present
changed_directories:
  description: Directories made, given their owner and mode, or removed.
  type: list
  returned: state is present
pending:
  description: Whether handlers are owed after this call.
  type: bool
  returned: always
resumed:
  description: Whether handlers were owed before this call, by a run that did not come to its end.
  type: bool
  returned: state is present
pending_files:
  description: All paths changed since the handlers last ran, by this call or by killed ones.
  type: list
  returned: state is present
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "files": {"type": "dict", "default": {}},
            "directories": {"type": "dict", "default": {}},
            "exclude": {"type": "list", "elements": "str", "default": []},
            "absent": {"type": "list", "elements": "str", "default": []},
            "validate_after": {"type": "str", "default": ""},
            "source": {"type": "str", "default": "templates"},
            "owner": {"type": "str", "default": "root"},
            "group": {"type": "str", "default": "root"},
            "root": {"type": "str", "default": "/"},
            "state": {"type": "str", "choices": ["present", "settled"], "default": "present"},
            "payload": {"type": "str", "no_log": True},
        },
        supports_check_mode=True,
    )
    # imported late: ansible-lint runs this file up to here, without our module_utils on its path
    from ansible.module_utils import tree_apply, tree_disk, tree_plan

    payload = module.params["payload"]
    if not payload:
        fix = "Run from the directory of ansible.cfg, which names action_plugins."
        module.fail_json(msg=f"tree was called without its action plugin: nothing was changed. {fix}")
    try:
        spec = tree_plan.decode(payload)
        result = tree_apply.run(spec, check_mode=module.check_mode, diff=module._diff)
    except tree_disk.TreeError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        what = f"{error.filename or 'a file'}: {error.strerror}"
        module.fail_json(msg=f"{what}. The files are as they were; mend this on the host and run again.")
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
