"""What a run says it changed, or in check mode would, is read with its diff, per host."""

from __future__ import annotations

from ops.ansible_output import Change, Output

SAID = """\
TASK [host : Write the host's configuration] ***********************************
--- before: /etc/nftables.conf
+++ after: /etc/nftables.conf
@@ -1,2 +1,2 @@
 same
-old
+new

changed: [app1]
ok: [app2]
TASK [host : Start the host's units now and at every boot] *********************
changed: [app2]
TASK [host : Settle] ***
changed: [app2] => (item=host)
RUNNING HANDLER [nginx : Reload nginx] *****************************************
changed: [app1]
PLAY RECAP *********************************************************************
app1 : ok=3 changed=1 unreachable=0 failed=0
"""


def test_changes_have_their_host_task_and_diff() -> None:
    """What a handler does follows from one that is there already."""
    read = Output()
    for line in SAID.splitlines():
        read.feed(line)
    first, *others = read.changes
    assert (first.host, first.task) == ("app1", "host : Write the host's configuration")
    assert first.diff.splitlines()[0] == "--- before: /etc/nftables.conf"
    assert first.diff.splitlines()[-1] == "+new"
    assert others == [
        Change("app2", "host : Start the host's units now and at every boot", "", ""),
        Change("app2", "host : Settle", "host", ""),
    ]
