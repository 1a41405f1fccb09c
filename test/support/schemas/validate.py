"""
Holds lines of JSON against published schemas.

Standard input: {"schema": "asff"} or {"schema": "ocsf", "versions": ["1.6.0"]}, then a line for each object.
Standard output: JSON, {"problems": ["line 3: …"], "checked": <limits (ASFF) or events (OCSF) that were held against it>}.
Python packages: botocore for "asff"; ocsf-json-schema and jsonschema-rs for "ocsf".
"""

import gzip
import json
import re
import sys
from importlib.resources import files


def ocsf(versions, events):
    """Structure by JSON Schema; that names beside numbers are those of the numbers, which JSON Schema cannot say, by hand."""
    import jsonschema_rs
    import ocsf_json_schema

    problems = []
    checked = 0
    for version in versions:
        schema = json.loads((files(ocsf_json_schema) / "ocsf" / f"{version}.json").read_text())
        embedded = ocsf_json_schema.OcsfJsonSchemaEmbedded(schema)
        validators = {}
        for number, event in enumerate(events, 1):
            at = f"{version}, line {number}: "
            name = embedded.lookup_class_name_from_uid(event["class_uid"])
            profiles = tuple(event["metadata"].get("profiles", []))
            if (name, profiles) not in validators:
                made = embedded.get_class_schema(name, list(profiles))
                validators[name, profiles] = jsonschema_rs.Draft202012Validator(made)
            for error in validators[name, profiles].iter_errors(event):
                problems.append(f"{at}{'.'.join(map(str, error.instance_path))}: {error.message}")
            for wrong in misnamed(event, schema["classes"][name], schema):
                problems.append(at + wrong)
            checked += 1
    return problems, checked


def misnamed(value, definition, schema):
    """Names beside numbers, as `status` beside `status_id`, that are not those of the numbers."""
    for name, attribute in definition["attributes"].items():
        if name not in value:
            continue
        if attribute.get("type") == "object_t":
            for one in value[name] if attribute.get("is_array") else [value[name]]:
                yield from misnamed(one, schema["objects"][attribute["object_type"]], schema)
        beside = attribute.get("sibling")
        caption = attribute.get("enum", {}).get(str(value[name]), {}).get("caption") if beside else None
        # 99 is Other: the name is free.
        if caption is not None and value[name] % 100 != 99 and beside in value and value[beside] != caption:
            yield f"{beside} is {value[beside]!r}, and {name} says {caption!r}"


class Asff:
    """
    The service model of Security Hub. Members, types, patterns and values are its own; lengths stand in its documentation only.
    """

    def __init__(self):
        import botocore

        (path,) = (files(botocore) / "data" / "securityhub").iterdir()
        self.shapes = json.loads(gzip.decompress((path / "service-2.json.gz").read_bytes()))["shapes"]
        self.problems = []
        self.limits = 0

    def check(self, value, shape_name, documentation, at):
        shape = self.shapes[shape_name]
        kind = shape["type"]
        expected = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "integer": int}
        if kind in expected and not isinstance(value, expected[kind]):
            self.problems.append(f"{at}: is no {kind}")
            return
        if kind == "structure":
            for name in shape.get("required", []):
                if name not in value:
                    self.problems.append(f"{at}: lacks {name}")
            for name, member in value.items():
                known = shape["members"].get(name)
                if known is None:
                    self.problems.append(f"{at}: has {name}, which the model does not know")
                else:
                    self.check(member, known["shape"], known.get("documentation", ""), f"{at}.{name}")
        elif kind == "list":
            limit = re.search(r"Maximum number of (\d+) item", documentation)
            self.limit(len(value), limit, at)
            for index, member in enumerate(value):
                self.check(member, shape["member"]["shape"], "", f"{at}[{index}]")
        elif kind == "map":
            pairs, key, text = (
                re.search(pattern, documentation)
                for pattern in (r"up to (\d+) key-value", r"key can contain up to (\d+)", r"value can contain up to ([\d,]+)")
            )
            self.limit(len(value), pairs, at)
            for name, member in value.items():
                self.limit(len(name), key, f"{at} {name}")
                self.limit(len(member), text, f"{at}.{name}")
                self.check(name, shape["key"]["shape"], "", f"{at} {name}")
                self.check(member, shape["value"]["shape"], "", f"{at}.{name}")
        elif kind == "string":
            if "enum" in shape and value not in shape["enum"]:
                self.problems.append(f"{at}: is {value!r}, none of {', '.join(shape['enum'])}")
            if "pattern" in shape and not re.search(shape["pattern"], value):
                self.problems.append(f"{at}: is blank")
            self.limit(len(value.encode("utf-16-le")) // 2, re.search(r"[Mm]aximum(?: length)? of (\d+)", documentation), at)
            exact = re.search(r"Length Constraints: (\d+)\.", documentation)
            if exact and len(value) != int(exact.group(1)):
                self.problems.append(f"{at}: has {len(value)} characters, expected {exact.group(1)}")
            if "Timestamps" in documentation and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", value):
                self.problems.append(f"{at}: {value!r} is no timestamp")

    def limit(self, size, match, at):
        if match is None:
            return
        self.limits += 1
        most = int(match.group(1).replace(",", ""))
        if size > most:
            self.problems.append(f"{at}: has {size}, more than {most}")


def asff(findings):
    model = Asff()
    for number, finding in enumerate(findings, 1):
        model.check(finding, "AwsSecurityFinding", "", f"line {number}: finding")
    return model.problems, model.limits


request = json.loads(sys.stdin.buffer.readline())
objects = [json.loads(line) for line in sys.stdin.buffer]
problems, checked = asff(objects) if request["schema"] == "asff" else ocsf(request["versions"], objects)
json.dump({"problems": problems[:20], "checked": checked}, sys.stdout)
