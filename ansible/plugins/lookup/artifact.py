"""How a host may fetch objects of an artifacts bucket that is no host of ours, for an hour."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleLookupError  # type: ignore[import-untyped, unused-ignore]

from ansible.plugins.lookup import LookupBase  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

DOCUMENTATION = """
name: artifact
short_description: where objects of the artifacts bucket may be fetched for an hour, and what has to be sent along
description:
  - C(urls), by the names of the objects, and C(headers), each C(Name: value), of which some stores want none.
  - As good as a key to them while it lasts, so use it in secret tasks. URLs are signed on the controller, which asks
    nobody for them; where headers are wanted, it asks for them.
options:
  _terms:
    description: names of objects below C(path)
    required: true
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
    """`lookup('artifact', 'model.onnx', bucket=..., path=..., key=...)`."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        """One {urls, headers}. Raises AnsibleLookupError with the object and what kept it."""
        from ops.build import artifacts
        from ops.errors import OperationError

        self.set_options(var_options=variables, direct=options)
        bucket, path, key = (self.get_option(name) for name in ("bucket", "path", "key"))
        try:
            with artifacts.opened(bucket, path, key) as store:
                return [{"urls": {name: store.url(name) for name in terms}, "headers": store.headers()}]
        except OperationError as reason:
            raise AnsibleLookupError(str(reason)) from None
