import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider";
import * as components from "../components";
import { inputProblems } from "./inputs";
import type { PackageSchema } from "./schema";

/** The package's schema as it is committed: `npm run schema` makes it of the components' types. */
export const SCHEMA_FILE = path.join(__dirname, "schema.json");

/** Every component takes a name, its arguments and options. */
type Component = new (
  name: string,
  args: pulumi.Inputs,
  opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

/**
 * The components as a plug-in: what the engine asks when a program of any language uses one of them.
 *
 * The schema is read and not inferred at each start, as `componentProviderHost` does: that takes seconds and some 700 MB.
 */
export class ComponentPackage implements Provider {
  readonly schema = readFileSync(SCHEMA_FILE, "utf8");
  private readonly described = JSON.parse(this.schema) as PackageSchema;
  readonly version = this.described.version;

  /**
   * Makes a component.
   *
   * @throws InputPropertiesError with everything that is wrong with the inputs, before any resource is registered.
   */
  readonly construct = (
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<ConstructResult> => {
    const described = this.described.resources[type];
    const component = (components as unknown as Record<string, Component | undefined>)[type.split(":").at(-1) ?? ""];
    if (!described || !component) {
      const known = Object.keys(this.described.resources).join(", ");
      return Promise.reject(new Error(`${this.described.name} has no component ${type}, only ${known}`));
    }
    const errors = inputProblems(described, inputs);
    if (errors.length > 0) {
      return Promise.reject(new pulumi.InputPropertiesError({ message: `${type} ${name} cannot be made`, errors }));
    }
    const made = new component(name, inputs, options);
    const outputs = made as unknown as pulumi.Inputs;
    const state = Object.keys(described.properties).map((output) => [output, outputs[output] as unknown]);
    return Promise.resolve({ urn: made.urn, state: Object.fromEntries(state) as pulumi.Inputs });
  };
}
