"""The command that says how the plugin comes into a Label Studio."""

from pathlib import Path

import click

import ls_templates
from ls_templates.plugin import VERSION

SETTINGS = "ls_templates.plugin.settings"
FOLDER = Path(ls_templates.__file__).parent
INSIDE = "/steadyhand"
"""The folder of a container that holds ls_templates alone: a whole site-packages on the path would shadow Label Studio's own."""

PIP = f"""\
# Label Studio installed by pip. In its environment (the plugin needs nothing but what Label Studio brings):
pip install --no-deps steadyhand=={VERSION}     # or the wheel's path
export DJANGO_SETTINGS_MODULE={SETTINGS}
export STEADYHAND_SECRET=...                  # the same as the service's
export STEADYHAND_SERVICE_URL={{service_url}}
export STEADYHAND_ADMINS={{admins}}
export SSRF_PROTECTION_ENABLED=false ML_BLOCK_LOCAL_IP=false    # only where the service has a private address
label-studio start
"""
DOCKER = f"""\
# Label Studio in Docker. Add to `docker run`, before the image:
  -v {FOLDER}:{INSIDE}/ls_templates:ro \\
  -e PYTHONPATH={INSIDE} \\
  -e DJANGO_SETTINGS_MODULE={SETTINGS} \\
  -e STEADYHAND_SECRET \\
  -e STEADYHAND_SERVICE_URL={{service_url}} \\
  -e STEADYHAND_ADMINS={{admins}} \\
  -e SSRF_PROTECTION_ENABLED=false -e ML_BLOCK_LOCAL_IP=false \\
  --add-host host.docker.internal:host-gateway \\
"""
COMPOSE = f"""\
# Label Studio by compose. Save as compose.override.yaml beside its compose file; the service is called `app` in Label Studio's own:
services:
  app:
    environment:
      PYTHONPATH: {INSIDE}
      DJANGO_SETTINGS_MODULE: {SETTINGS}
      STEADYHAND_SECRET: ${{{{STEADYHAND_SECRET:?}}}}
      STEADYHAND_SERVICE_URL: {{service_url}}
      STEADYHAND_ADMINS: {{admins}}
      SSRF_PROTECTION_ENABLED: "false"
      ML_BLOCK_LOCAL_IP: "false"
    volumes:
      - {FOLDER}:{INSIDE}/ls_templates:ro
    extra_hosts:
      - host.docker.internal:host-gateway
"""
LINES = {"pip": PIP, "docker": DOCKER, "compose": COMPOSE}
ON_THIS_MACHINE = {"pip": "http://127.0.0.1:8090"}
FROM_A_CONTAINER = "http://host.docker.internal:8090"


@click.command()
@click.argument("installation", metavar="[INSTALLATION]", type=click.Choice(list(LINES)), required=False)
@click.option(
    "--service-url", metavar="URL", help="Where Label Studio reaches the service. Default: port 8090 of this machine."
)
@click.option("--admins", metavar="EMAILS", default="owner", show_default=True, help="Who may do everything.")
def plugin(installation: str | None, service_url: str | None, admins: str) -> None:
    """Print how the plugin comes into a Label Studio.

    INSTALLATION is pip, docker or compose; without it the lines of all three are printed. STEADYHAND_ADMINS switches the guard on.
    From a container, the service must listen beyond this machine: steadyhand serve --host 0.0.0.0.
    """
    texts = [
        LINES[name].format(service_url=service_url or ON_THIS_MACHINE.get(name, FROM_A_CONTAINER), admins=admins)
        for name in ([installation] if installation else LINES)
    ]
    click.echo("\n".join(texts), nl=False)
