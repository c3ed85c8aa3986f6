"""What has to be sent along to fetch objects of an artifacts bucket that is no host of ours, for an hour."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleLookupError  # type: ignore[import-untyped, unused-ignore]

from ansible.plugins.lookup import LookupBase  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

DOCUMENTATION = """
name: artifact_headers
short_description: the HTTP headers that the URLs of C(artifact_url) want, none for some stores
description:
  - As good as a key to what is below C(path) while it lasts, so use it in secret tasks.
options:
  bucket:
    description: the bucket as in the Footprint, kind s3 or gcs
    type: dict
    required: true
  path:
    description: below the bucket's prefix
    type: str
    required: true
  key:
    description: what its credentials in the Footprint stand for; without it the controller's own are used
    type: raw
"""


class LookupModule(LookupBase):  # type: ignore[misc]  # its base has no types
    """`query('artifact_headers', bucket=..., path=..., key=...)`."""

    def run(self, _terms: list[str], variables: dict[str, Any] | None = None, **options: Any) -> list[str]:
        """`Name: value` each. Raises AnsibleLookupError with what kept them."""
        from ops.build import artifacts
        from ops.errors import OperationError

        self.set_options(var_options=variables, direct=options)
        bucket, path, key = (self.get_option(name) for name in ("bucket", "path", "key"))
        try:
            with artifacts.opened(bucket, path, key) as store:
                return store.headers()
        except OperationError as reason:
            raise AnsibleLookupError(str(reason)) from None
