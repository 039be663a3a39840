# One image; the command says which part it is: steadyhand serve [--only receiver|worker|ml].
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/steadyhand
COPY Makefile pyproject.toml README.md LICENSE ./
COPY requirements requirements
COPY ls_backend ls_backend
COPY ls_templates ls_templates
COPY hooks hooks
RUN make .venv/ok && .venv/bin/python -m compileall -q ls_backend ls_templates hooks
RUN useradd --create-home steadyhand && mkdir /data && chown steadyhand /data
USER steadyhand
WORKDIR /data
ENV PATH=/opt/steadyhand/.venv/bin:$PATH STEADYHAND_DATABASE_URL=sqlite:////data/steadyhand.sqlite3
EXPOSE 8090
CMD ["steadyhand", "serve", "--host", "0.0.0.0", "--port", "8090"]
