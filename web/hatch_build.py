"""Hatch build hook: builds the browser client and puts it into the wheel as ``drift/client``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientBuildHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]
    """Runs ``npm ci`` and ``npm run build`` in ``web/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client before the wheel is packed; an editable install serves ``web/dist`` in place."""
        if self.target_name != "wheel" or version == "editable":
            return
        web = Path(self.root, "web")
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(
                "Drift's browser client is built with npm, which is missing: install Node.js 20 or newer."
            )
        for command in (["ci", "--prefer-offline", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=web, check=True)
        build_data["force_include"][str(web / "dist")] = "drift/client"
