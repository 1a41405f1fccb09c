"use strict";
/*
 * What the engine starts when another program uses the components as a package (PulumiPlugin.yaml, `main` in package.json).
 *
 * Plain JavaScript, because it decides how TypeScript is compiled: the engine starts it in the folder of that other program, and
 * Pulumi's own way would check this project with the compiler options of that folder.
 */
const { readFileSync } = require("node:fs");
const { transformSync } = require("esbuild");

const OPTIONS = { loader: "ts", format: "cjs", platform: "node", target: "node22", sourcemap: "inline" };

require.extensions[".ts"] = (module, file) => {
  const { code } = transformSync(readFileSync(file, "utf8"), { ...OPTIONS, sourcefile: file });
  module._compile(code, file);
};

const { main } = require("@pulumi/pulumi/provider");
const { ComponentPackage } = require("./provider.ts");

module.exports = main(new ComponentPackage(), process.argv.slice(2));
