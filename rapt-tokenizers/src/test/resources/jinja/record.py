"""Records what Jinja renders: recomputes the results in snippets.jsonl.

Usage: record.py snippets.jsonl

The first line of the file holds the variables. Each other line is a template and its result, null
where the template fails. Needs transformers, whose settings for chat templates are used.
"""

import copy
import json
import sys

from transformers.utils.chat_template_utils import _cached_compile_jinja_template as compiled


def rendered(template, variables):
    try:
        return compiled(template).render(**copy.deepcopy(variables))
    except Exception:
        return None


path = sys.argv[1]
with open(path) as file:
    lines = file.read().splitlines()
variables = json.loads(lines[0])
with open(path, "w") as file:
    file.write(lines[0] + "\n")
    for line in lines[1:]:
        template = json.loads(line)[0]
        file.write(json.dumps([template, rendered(template, variables)]) + "\n")
