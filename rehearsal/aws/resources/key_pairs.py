"""EC2: public keys for a machine's first boot."""

from __future__ import annotations

from typing import Any

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:ec2/keyPair:KeyPair")
class KeyPair(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").import_key_pair(
            KeyName=self.given.get("keyName"),
            PublicKeyMaterial=self.given.get("publicKey").encode(),
            **self.given.tagged("key-pair"),
        )
        return str(made["KeyName"])

    def read(self, identity: str) -> dict[str, Any]:
        pair = self.aws("ec2").describe_key_pairs(KeyNames=[identity])["KeyPairs"][0]
        return {
            "arn": self.aws.arn("ec2", f"key-pair/{identity}"),
            "keyPairId": pair["KeyPairId"],
            "keyType": pair.get("KeyType", ""),
            "fingerprint": pair["KeyFingerprint"],
            **tags_all(pair.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_key_pair(KeyName=identity)
