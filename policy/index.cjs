"use strict";
/*
 * What the engine starts for `--policy-pack policy` (PulumiPolicy.yaml, `main` in package.json).
 *
 * Plain JavaScript, because it decides how TypeScript is compiled: Pulumi's own way checks all types each time that a stack is looked at,
 * which takes longer than the stack.
 */
const { readFileSync } = require("node:fs");
const { transformSync } = require("esbuild");

const OPTIONS = { loader: "ts", format: "cjs", platform: "node", target: "node22", sourcemap: "inline" };

require.extensions[".ts"] = (module, file) => {
  const { code } = transformSync(readFileSync(file, "utf8"), { ...OPTIONS, sourcefile: file });
  module._compile(code, file);
};

const { PolicyPack } = require("@pulumi/policy");
const { PACK } = require("./pack.ts");

module.exports = new PolicyPack("iam-credential-reports", PACK);
