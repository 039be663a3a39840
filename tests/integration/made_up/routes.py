"""Prints every route of the installed Label Studio as [view, path], with parameters filled in. Runs in its Python."""

import json
import os
import re
import sys

import label_studio

sys.path.insert(0, os.path.dirname(label_studio.__file__))

import django

django.setup()

from django.urls import Resolver404, get_resolver, resolve

from ls_templates.plugin.guard.middleware import view_name

FILL = json.loads(sys.argv[1])


def walk(patterns, prefix=""):
    for entry in patterns:
        whole = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from walk(entry.url_patterns, whole)
        else:
            yield entry.callback, whole


def fill(pattern):
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)\??", lambda m: FILL.get(m[1], "1"), pattern)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: FILL.get(m[1], "1"), path)
    path = re.sub(r"/\?\$?$", "", path)
    return "/" + re.sub(r"[\^$]", "", path).replace("\\.", ".").lstrip("/")


routes = []
for callback, pattern in walk(get_resolver().url_patterns):
    path = fill(pattern)
    try:
        resolved = view_name(resolve(path).func)
    except Resolver404:
        resolved = None
    routes.append([view_name(callback), path, resolved])
print(json.dumps(routes))
