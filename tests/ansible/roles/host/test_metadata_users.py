"""Who may ask a cloud's metadata: root, and PostgreSQL's account only where it backs up with the machine's own keys."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
PLAY = """
- hosts: localhost
  gather_facts: false
  vars_files: [{variables}]
  tasks:
    - ansible.builtin.template: {{src: {template}, dest: "{directory}/{{{{ index }}}}", mode: "0600"}}
      loop: "{{{{ cases }}}}"
      loop_control: {{index_var: index}}
      vars:
        footprint: {{buckets: {{backups: "{{{{ item.backups }}}}"}}, network: {{private_cidrs: [10.0.0.0/24]}}}}
        footprint_host: {{groups: "{{{{ item.groups }}}}"}}
        footprint_ingress: []
"""
CASES: list[tuple[list[str], dict[str, Any], str]] = [
    (["service"], {"kind": "s3", "credentials": "instance"}, "root"),
    (["database"], {"kind": "s3", "credentials": "vault:vault_bucket_backup"}, "root"),
    (["database", "bucket"], {"kind": "host"}, "root"),
    (["database"], {"kind": "s3", "credentials": "instance"}, "root, postgres"),
]


def test_only_who_needs_them_may_ask(tmp_path: Path) -> None:
    """nftables.conf as ansible itself makes it, for hosts of these groups and buckets of these kinds."""
    role, play = ROOT / "ansible/roles/host", tmp_path / "play.yml"
    template = role / "templates/etc/nftables.conf.j2"
    play.write_text(PLAY.format(variables=role / "vars/main.yml", template=template, directory=tmp_path))
    cases = json.dumps({"cases": [{"groups": groups, "backups": backups} for groups, backups, _ in CASES]})
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-c", "local", str(play)]
    command += ["-e", cases, "-e", f"ansible_managed=test ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for index, (_, _, users) in enumerate(CASES):
        lines = [line.strip() for line in (tmp_path / str(index)).read_text().splitlines()]
        assert [line for line in lines if "skuid" in line] == [
            f"ip daddr 169.254.169.254 meta skuid != {{ {users} }} reject",
            f"ip6 daddr {{ fd00:ec2::254, fd20:ce::254 }} meta skuid != {{ {users} }} reject",
        ], CASES[index]
