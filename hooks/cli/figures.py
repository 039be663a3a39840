"""Figures, drawn without a screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ls_backend.errors import InputError

Axes = Any
"""Those of matplotlib, which is only there where it is installed."""


def draw(path: str, panels: int, fill: Callable[[list[Axes]], None]) -> None:
    """A figure of ``panels`` side by side as PNG or SVG, by the file's ending; ``fill`` gets their axes.

    Raises:
        InputError: another ending, or matplotlib is not installed.
    """
    if Path(path).suffix not in (".png", ".svg"):
        raise InputError(f"{path}: figures are written as .png or .svg; give such a name")
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise InputError("figures need matplotlib; `pip install steadyhand[figures]`") from error
    mpl.use("Agg")
    from matplotlib import pyplot

    mpl.rcParams["svg.hashsalt"] = "steadyhand"  # the same figure is the same file
    figure, axes = pyplot.subplots(1, panels, figsize=(5.2 * panels, 3.8), squeeze=False, layout="constrained")
    for axis in axes[0]:
        axis.grid(visible=True, alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    fill(list(axes[0]))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Date": None} if path.endswith(".svg") else None)
    pyplot.close(figure)
