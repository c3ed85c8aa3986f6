"""Real buckets for those of an emulated account: versitygw on this machine, over directories of the rehearsal's."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.environment import cache_directory
from ops.gateway import gateway_binary
from rehearsal.planes import bucket_rules, certificate, gateway, s3
from rehearsal.planes.authority import Authority
from rehearsal.planes.bucket_rules import Progress
from rehearsal.planes.listener import Listener
from rehearsal.planes.process import Process
from rehearsal.planes.wanted import Bucket, Key


@dataclass(frozen=True)
class Gateway:
    """`directory`: its own, 0700, with everything it has. `address`, `port`: where it listens, by TLS alone."""

    directory: Path
    address: str
    port: int
    region: str

    @property
    def endpoint(self) -> str:
        return f"https://{self.address}:{self.port}"

    @property
    def process(self) -> Process:
        return self._listener.process

    @property
    def _listener(self) -> Listener:
        return Listener("versitygw", "the S3 gateway", self.directory, self.address, self.port)

    def ensure(
        self, buckets: Sequence[Bucket], keys: Sequence[Key], authority: Authority, progress: Progress = lambda _: None
    ) -> None:
        """Runs the gateway with these buckets, and these keys beside root's, and no others.

        Objects are never removed: a bucket that isn't wanted any more stays and is closed to all keys. Requests that
        run are not broken off unless the gateway's own settings or certificate changed. Raises OperationError.
        """
        for bucket in buckets:
            bucket_rules.check(bucket)
        for name in (".", "data", "versions"):
            (self.directory / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        gateway.admit(self.directory, keys)
        self._start(authority, progress)
        root = self.client(gateway.root(self.directory))
        with s3.asked("(all)", "list the buckets"):
            names = {each["Name"] for each in root.list_buckets()["Buckets"]}
        for name in sorted(names - {bucket.name for bucket in buckets}):
            bucket_rules.rule(root, Bucket(name, versioned=True), progress)
        for bucket in buckets:
            if bucket.name not in names:
                bucket_rules.make(root, bucket.name, progress)
            bucket_rules.settle(root, bucket, progress)

    def stop(self) -> None:
        """Ends it; the buckets stay on the disk."""
        self.process.stop()

    def objects(self, bucket: str) -> list[str]:
        """The keys of all objects in it, in S3's order."""
        pages = self.client(gateway.root(self.directory)).get_paginator("list_objects_v2").paginate(Bucket=bucket)
        with s3.asked(bucket, "list its objects"):
            return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def digest(self, bucket: str, key: str) -> str | None:
        """The sha256 of an object, as hex: the one stored with it, or else of what it holds. None: no such object."""
        root, where = self.client(gateway.root(self.directory)), {"Bucket": bucket, "Key": key}
        with s3.asked(bucket, f"read {key}"):
            try:
                stored = root.head_object(**where, ChecksumMode="ENABLED").get("ChecksumSHA256", "")
            except ClientError as reason:
                if s3.code(reason) != "404":
                    raise
                root.head_bucket(Bucket=bucket)  # HEAD says 404 of both
                return None
            if stored and "-" not in stored:  # with it, a digest of the digests of parts
                return base64.b64decode(stored).hex()
            digest = hashlib.sha256()
            for block in root.get_object(**where)["Body"].iter_chunks(1 << 20):
                digest.update(block)
            return digest.hexdigest()

    def client(self, key: Key, attempts: int = 3) -> Any:
        """boto3's client for it, with one of its keys."""
        return s3.client(self.endpoint, self.region, key, self.directory / "ca.pem", attempts)

    def _start(self, authority: Authority, progress: Progress) -> None:
        """Runs it by these settings and this authority; one that runs by others is ended first."""
        binary = gateway_binary(cache_directory(), progress)
        certificate.certify(self.directory, self.address, authority)
        settings = gateway.settings(self.directory, self.address, self.port, self.region)
        # It gets signed URLs, and the gateway would make it readable.
        (self.directory / "access.log").touch(mode=gateway.SECRET)
        if self._listener.run([binary, "posix", self.directory / "data"], settings, self._answers):
            progress(f"the S3 gateway listens on {self.endpoint}")

    def _answers(self) -> bool:
        try:
            self.client(gateway.root(self.directory), attempts=1).list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True
