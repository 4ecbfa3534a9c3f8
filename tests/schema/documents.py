# SPDX-License-Identifier: LGPL-2.1-or-later
"""The JSON schemas of iommuctl, and checking documents against them."""
import json
import os
import re
import warnings

import jsonschema

with warnings.catch_warnings():
    # Debian 12 has no other resolver; newer releases still have this one.
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import RefResolver


class Schemas:
    """All schemas of a folder, by the value of the "schema" member they describe."""

    def __init__(self, folder):
        self.by_file = {}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".json"):
                with open(os.path.join(folder, name)) as f:
                    self.by_file[name] = json.load(f)
        if not self.by_file:
            raise FileNotFoundError(f"{folder} has no schemas")
        self.names = {}
        for name in self.by_file:
            match = re.fullmatch(r"(iommuctl\.[a-z.-]+)-([0-9]+)\.json", name)
            if not match:
                raise ValueError(f"{name} is not the name of a schema")
            self.names[f"{match[1]}/{match[2]}"] = name
        self.validators = {}

    def validator(self, file):
        if file not in self.validators:
            schema = self.by_file[file]
            resolver = RefResolver(base_uri=file, referrer=schema, store=dict(self.by_file))
            self.validators[file] = jsonschema.Draft7Validator(schema, resolver=resolver)
        return self.validators[file]

    def why_not(self, doc):
        """What is wrong with a document, None when nothing is."""
        if not isinstance(doc, dict):
            return "not an object"
        name = doc.get("schema")
        if not isinstance(name, str):
            return 'no member "schema"'
        if next(iter(doc)) != "schema":
            return '"schema" is not the first member'
        if name not in self.names:
            return f"unknown schema {name}"
        errors = list(self.validator(self.names[name]).iter_errors(doc))
        if not errors:
            return None
        # Of a rule with alternatives the deepest complaint says most.
        worst = max((c for e in errors for c in [e, *(e.context or [])]),
                    key=lambda e: len(e.absolute_path))
        where = "/".join(str(p) for p in worst.absolute_path) or "document"
        return f"{name}: {where}: {worst.message}"


def no_twice(pairs):
    """Refuses an object that has a key twice, which json would pass over."""
    keys = [k for k, _ in pairs]
    for k in keys:
        if keys.count(k) > 1:
            raise ValueError(f"member {k!r} twice")
    return dict(pairs)


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def parse(text):
    return json.loads(text, object_pairs_hook=no_twice, parse_constant=no_constant)
