"""Google's ways to say no, as its APIs say them."""

from __future__ import annotations

from typing import Any

STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED"}


class RefusedError(Exception):
    """An answer that is no success: its status and its sentence. `reason`: of google.rpc.ErrorInfo."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        self.status, self.message, self.reason = status, message, reason
        super().__init__(message)

    def document(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "code": self.status,
            "message": self.message,
            "status": STATUS.get(self.status, "ERROR"),
        }
        if self.reason:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            said["details"] = [{"@type": kind, "reason": self.reason, "domain": "googleapis.com"}]
        return {"error": said}


def missing(name: str) -> RefusedError:
    return RefusedError(404, f"Resource '{name}' was not found")


def there(name: str) -> RefusedError:
    return RefusedError(409, f"Resource '{name}' already exists")
