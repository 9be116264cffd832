"""Runs a program and prints what it printed as JSON.

The argument is {program}.
"""

import contextlib
import io
import json
import sys

task = json.loads(sys.argv[1])
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    exec(task["program"], {})
print(json.dumps({"printed": printed.getvalue()}))
