"""JUnit's XML as JSON: each test case with what failed and its properties."""

import json
import sys
import xml.etree.ElementTree as xml

cases = []
for case in xml.parse(sys.argv[1]).iter("testcase"):
    module = case.get("classname").rsplit(".", 1)[-1]
    cases.append(
        {
            "test": f"{module}.py::{case.get('name')}",
            "failures": [failure.get("message") for failure in case.iter("failure")],
            "errors": [error.get("message") for error in case.iter("error")],
            "properties": {one.get("name"): one.get("value") for one in case.iter("property")},
        }
    )
print(json.dumps(cases))
