import { writeFileSync } from "node:fs";
import path from "node:path";
import { SCHEMA_FILE } from "./provider";
import type { PackageSchema } from "./schema";
import { schemaOf } from "./typesToSchema";

const PROJECT = path.dirname(__dirname);

/** The schema of the components as they are now. */
export function currentSchema(): PackageSchema {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- read when asked, as it is then
  const { name, version, description, license } = require("../package.json") as PackageSchema;
  return schemaOf(path.join(PROJECT, "components", "index.ts"), { name, version, description, license });
}

/** The same as the bytes of the committed file. */
export function schemaText(schema: PackageSchema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

if (require.main === module) writeFileSync(SCHEMA_FILE, schemaText(currentSchema()));
