"""The plugin runs inside Label Studio's process."""

import ast
import re
import sys
from pathlib import Path

import ls_templates.plugin

PLUGIN = Path(ls_templates.plugin.__file__).parent
ALLOWED = {
    "django", "jwt", "rest_framework", "requests", "label_studio", "tasks", "users", "data_manager", "projects", "ls_templates",
}  # fmt: skip


def test_the_plugin_imports_nothing_but_what_label_studio_brings() -> None:
    for path in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                package = name.partition(".")[0]
                assert package in ALLOWED or package in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_the_protocol_needs_the_standard_library_only() -> None:
    """The service imports it, and has no Django."""
    tree = ast.parse((PLUGIN / "protocol.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [
        n
        for node in imports
        for n in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    ]
    assert names
    assert {str(name).partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_plugin_reads_no_setting_that_there_is_not() -> None:
    defined = set(
        re.findall(r"^(STEADYHAND_\w+) =", (PLUGIN / "settings.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    read = {
        name
        for path in PLUGIN.rglob("*.py")
        for name in re.findall(r"\bsettings\.(STEADYHAND_\w+)", path.read_text(encoding="utf-8"))
    }
    assert read <= defined
    assert len(read) >= 5
