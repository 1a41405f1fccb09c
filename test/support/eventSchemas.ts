import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventName } from "../../report/events/eventTypes";
import { PROJECT } from "./commandLine";
import { checkAgainstSchema } from "./templateChecks";

/** The published schema of an event's detail. */
export function eventSchema(name: EventName): Record<string, unknown> {
  return JSON.parse(readFileSync(join(PROJECT, "docs/events", `${name}.schema.json`), "utf8")) as Record<
    string,
    unknown
  >;
}

/** What the published schema of an event has against details, fields that it does not know included; empty if nothing. */
export async function eventProblems(name: EventName, details: readonly unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "events-"));
  try {
    const schema = join(folder, "schema.json");
    writeFileSync(schema, JSON.stringify(closed(eventSchema(name))));
    const files = details.map((detail, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(detail));
      return file;
    });
    const { code, stdout, stderr } = await checkAgainstSchema(schema, files);
    return code === 0 ? "" : stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The schema, whose objects take no further fields. Readers of events have to: fields may be added within a version. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner && "type" in inner ? { ...inner, additionalProperties: false } : inner;
}
