"""What a page is, and how one is added: a function that returns a :class:`Page`, registered under a path with what it needs.

Each page answers as HTML at its path (``/steadyhand/projects/3/annotators/``), and its tables as CSV and JSON at the same path
with ``.csv`` or ``.json`` in place of the last slash. ``?table=NAME`` picks one of several tables for CSV.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from hooks.web.dashboard.forms import OUTCOME_PARAMETER, TOKEN_FIELD, Forms
from hooks.web.dashboard.tables import Table
from hooks.web.dashboard.viewer import NAMES_PARAMETER, Permission, viewer
from hooks.web.errors import status_of
from ls_backend.errors import InputError, NotReadyError
from ls_backend.services.context import Context
from ls_backend.services.queries.people import people
from ls_backend.services.queries.projects import monitored_project
from ls_templates.plugin.protocol import PLUGIN_PREFIX


@dataclass(frozen=True)
class Page:
    """A page: its template gets ``record`` (what a query returned), ``tables`` and ``charts`` by name, and the ``project`` it is of.
    The first table is the main one; ``tab`` is the entry of the navigation that it belongs to."""

    title: str
    template: str
    record: Any
    tables: Mapping[str, Table[Any]] = field(default_factory=dict)
    charts: Mapping[str, Markup] = field(default_factory=dict)
    project: int | None = None
    tab: str = ""


PROJECT_TABS = (
    ("", "Overview", False),
    ("annotators", "Annotators", False),
    ("agreement", "Agreement", False),
    ("items", "Items", False),
    ("gold", "Gold", False),
    ("guide", "Guide", False),
    ("pay", "Pay", True),
    ("pilots", "Pilots", True),
    ("monitoring", "Monitoring", True),
    ("export", "Export", True),
    ("public", "Public page", True),
)
"""The pages of a project: the last part of the path, what it is called, and whether admins alone see it."""

PICK_PARAMETER = "pick"
View = Callable[..., Page]


Done = tuple[str, str]
"""Where to go after a form, and what it did."""

Answer = AnyResponse | str | tuple[AnyResponse | str, int]


class Pages:
    """The registry of pages and forms. Nothing is registered without the permission it needs."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.forms = Forms(ctx.settings)
        self.routes = Blueprint(
            "dashboard", __name__, url_prefix=PLUGIN_PREFIX.rstrip("/"), template_folder="../templates"
        )
        self.permissions: dict[str, Permission] = {}

    def page(self, path: str, needs: Permission, *, bare: str | None = None) -> Callable[[View], View]:
        """Register a page; ``bare`` is its path for CSV and JSON where that is not ``path`` without the slash."""

        def register(view: View) -> View:
            name = _endpoint(view)
            flat = bare or path.rstrip("/")
            self._add(path, name, needs, lambda **at: self._html(view(**at)))
            self._add(f"{flat}.csv", f"{name}_csv", needs, lambda **at: _csv(view(**at)))
            self._add(f"{flat}.json", f"{name}_json", needs, lambda **at: _json(view(**at)))
            return view

        return register

    def form(
        self, path: str, on: View, needs: Permission = Permission.MANAGE
    ) -> Callable[[Callable[..., Done]], Callable[..., Done]]:
        """Register what a form does that stands ``on`` a page. A change needs :attr:`Permission.MANAGE`, but for what somebody may do for
        themself. A form that is refused comes back with its page: why, and what was typed."""

        def register(action: Callable[..., Done]) -> Callable[..., Done]:
            answer = self._or_back(on, lambda **at: self.forms.lead_to(*action(**at)))
            self._add(path, _endpoint(action), needs, answer, methods=("POST",))
            return action

        return register

    def download(self, path: str, on: View) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Register a form ``on`` a page that leads to a file. One that is refused, or not ready yet, comes back as in :meth:`form`."""

        def register(make: Callable[..., Response]) -> Callable[..., Response]:
            self._add(path, _endpoint(make), Permission.MANAGE, self._or_back(on, make), methods=("POST",))
            return make

        return register

    def _or_back(self, on: View, act: Callable[..., AnyResponse]) -> Callable[..., Answer]:
        """What a form does, or its page again with why it was refused."""

        def answer(**at: Any) -> Answer:
            self.forms.check()
            try:
                return act(**at)
            except (InputError, NotReadyError) as error:
                own = signature(on).parameters
                g.page_at = (_endpoint(on), {name: value for name, value in at.items() if name in own})
                waiting = isinstance(error, NotReadyError)
                return self._html(on(**g.page_at[1]), refused=error.plain, waiting=waiting), status_of(error)

        return answer

    def file(self, path: str, needs: Permission) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Register something to be saved."""

        def register(make: Callable[..., Response]) -> Callable[..., Response]:
            self._add(path, _endpoint(make), needs, make)
            return make

        return register

    def _add(
        self,
        path: str,
        name: str,
        needs: Permission,
        answer: Callable[..., Answer],
        methods: tuple[str, ...] = ("GET",),
    ) -> None:
        def allowed(**at: Any) -> Answer:
            if not viewer().may(needs):
                raise Forbidden(f"As {viewer().role} you may not see or do this; it needs an administrator.")
            return answer(**at)

        self.permissions[name] = needs
        self.routes.add_url_rule(path, name, allowed, methods=methods)

    def _html(self, page: Page, *, refused: str = "", waiting: bool = False) -> AnyResponse | str:
        if asked := request.args.getlist(PICK_PARAMETER):  # the columns picker: one parameter that can be shared
            picked = [name for name in asked if name]
            if not picked:
                raise InputError("no column is ticked; tick at least one")
            others = {k: v for k, v in request.args.items() if k != PICK_PARAMETER}
            return redirect("?" + urlencode({**others, "columns": ",".join(picked)}), 303)
        endpoint, at = page_at()
        attached = monitored_project(self.ctx, page.project) if page.project is not None else None
        return render_template(
            page.template,
            page=page,
            record=page.record,
            tables=page.tables,
            charts=page.charts,
            project=attached,
            viewer=viewer(),
            name_of=people(self.ctx, by_name=viewer().sees_names).name,
            outcome=self.forms.outcome(),
            refused=refused,
            waiting=waiting,
            typed=_typed if refused else _nothing_typed,
            here=url_for(f".{endpoint}", **at) if refused else "",
            studio_url="" if viewer().plugin else self.ctx.gateway.url,
            form_token=Markup(  # noqa: S704  (signed text without marks)
                f'<input type="hidden" name="{TOKEN_FIELD}" value="{self.forms.token_for(viewer().user)}">'
            ),
        )


def _endpoint(function: Any) -> str:
    """A name for a page or form: its module's and its own."""
    return f"{function.__module__.rpartition('.')[2]}_{function.__name__}"


def page_at() -> tuple[str, dict[str, Any]]:
    """The page that is shown, by its name and what stands in its path: the one that was asked for, or whose form was refused."""
    shown: tuple[str, dict[str, Any]] | None = g.get("page_at")
    return shown or ((request.endpoint or "").rpartition(".")[2], request.view_args or {})


def _typed(name: str, otherwise: object = "", *, form: str = "") -> object:
    """What was typed into a field of the form that was refused; ``form`` is how its path ends where a page has several with such a field."""
    return request.form.get(name, otherwise) if request.path.endswith(form) else otherwise


def _nothing_typed(_name: str, otherwise: object = "", *, form: str = "") -> object:
    return otherwise


def address(*parts: str | int, **query: str) -> str:
    """The address of a page, ``address("projects", 3, "pay")``; whether names are shown goes along."""
    names = request.args.get(NAMES_PARAMETER)
    wanted = {**query, **({NAMES_PARAMETER: names} if names else {})}
    path = PLUGIN_PREFIX + "".join(f"{part}/" for part in parts)
    return f"{path}?{urlencode(wanted)}" if wanted else path


def table_address(name: str, form: str, table: Table[Any] | None) -> str:
    """Where the page's table is as CSV or JSON; with the filters and the order that a main ``table`` is shown in."""
    endpoint, at = page_at()
    query = {k: v for k, v in (table.arguments if table else {}).items() if k not in ("page", OUTCOME_PARAMETER)}
    return f"{url_for(f'.{endpoint}_{form}', **at)}?{urlencode({**query, 'table': name})}"


def _csv(page: Page) -> Response:
    name = request.args.get("table") or next(iter(page.tables), "")
    if name not in page.tables:
        raise InputError(f"this page has no table {name!r}; it has {', '.join(page.tables) or 'none'}")
    response = Response(page.tables[name].as_csv(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _json(page: Page) -> Response:
    return jsonify(title=page.title, tables={name: table.as_json() for name, table in page.tables.items()})
