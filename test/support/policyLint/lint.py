"""Lints policy documents with parliament.

Reads a JSON list of {"isOfKey", "document"} from a file; prints, as JSON, a list of findings for each: {"issue", "severity",
"detail", "sid"}, where "sid" is that of the statement, or null for the document as a whole.

parliament does not know trust policies, which name no resource: they have to come with one.
"""

import json
import os
import sys

import parliament

# what the auditors that come with parliament, and are not asked by default, say of their findings
parliament.override_config(os.path.join(os.path.dirname(parliament.__file__), "community_auditors/config_override.yaml"))

ACTIONS = {f'{service["prefix"]}:{action["privilege"]}'.lower(): action
           for service in parliament.iam_definition for action in service["privileges"]}


def lines(document):
    """The document as text with one statement a line, so that the line of a finding tells the statement."""
    rest = {key: value for key, value in document.items() if key != "Statement"}
    head = json.dumps(rest)[:-1] + (", " if rest else "")
    statements = ",\n".join(json.dumps(statement) for statement in document["Statement"])
    return f'{head}"Statement": [\n{statements}\n]}}'


def listed(value):
    return value if isinstance(value, list) else [value]


def findings(document):
    policy = parliament.analyze_policy_string(lines(document), include_community_auditors=True)
    for finding in policy.findings:
        finding = parliament.enhance_finding(finding)
        line = finding.location.get("line") or finding.location.get("lineno")
        at = line - 2 if line else -1
        statement = document["Statement"][at] if 0 <= at < len(document["Statement"]) else None
        detail = finding.detail if isinstance(finding.detail, str) else json.dumps(finding.detail)
        yield {"issue": finding.issue, "severity": finding.severity, "detail": detail,
               "sid": statement.get("Sid") if statement else None}


def needless_stars(document):
    """Actions that are allowed on * and know resources. parliament minds only those that need one: RESOURCE_STAR."""
    for statement in document["Statement"]:
        if statement["Effect"] != "Allow" or "*" not in listed(statement.get("Resource", [])):
            continue
        for action in listed(statement.get("Action", [])):
            known = ACTIONS.get(action.lower(), {"resource_types": []})["resource_types"]
            kinds = [kind["resource_type"] for kind in known if kind["resource_type"]]
            if kinds:
                yield {"issue": "NEEDLESS_STAR", "severity": "MEDIUM", "sid": statement.get("Sid"),
                       "detail": f"{action} knows {', '.join(kinds)}"}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        documents = json.load(file)
    json.dump([[*findings(each["document"]), *([] if each["isOfKey"] else needless_stars(each["document"]))]
               for each in documents], sys.stdout)
