import type { PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import * as policyProxy from "@pulumi/policy/proxy";
import { POLICIES } from "../../policy/pack";

/** What the server puts before the values of a resource; it is not among the declarations of the package. */
const { unknownCheckingProxy } = policyProxy as unknown as { unknownCheckingProxy: <T>(values: T) => T };

/** A resource as a test writes it. */
export interface PolicySubject {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Types of the components it belongs to, outermost first. */
  components?: readonly string[];
  protect?: boolean;
  /** Region of its provider. */
  region?: string;
  /** Names of resources that a property's value comes from. */
  from?: Readonly<Record<string, readonly string[]>>;
}

/** A violation as the engine would hear of it. */
export interface Reported {
  rule: string;
  /** Pulumi's name of the resource. */
  resource: string;
  message: string;
}

/** What a preview puts where a text is not known yet. */
export const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Runs the rules of the pack on resources, as the server of @pulumi/policy does: with values that throw where they are unknown.
 *
 * @param config Settings by rule, as the engine hands them over; it has them checked by then
 */
export async function violationsOf(
  subjects: readonly PolicySubject[],
  config: Readonly<Record<string, object>> = {},
): Promise<Reported[]> {
  const resources = subjects.map(policyResource);
  subjects.forEach(({ from = {} }, index) => {
    for (const [property, names] of Object.entries(from)) {
      const dependencies = resources.filter(({ name }) => names.includes(name));
      Object.assign(resources[index]?.propertyDependencies ?? {}, { [property]: dependencies });
    }
  });
  const reported: Reported[] = [];
  for (const policy of POLICIES) {
    const report =
      (urn: string) =>
      (message: unknown, at: string = urn): void =>
        void reported.push({ rule: policy.name, resource: at.split("::").at(-1) ?? "", message: String(message) });
    const common = {
      stackTags: new Map<string, string>(),
      getConfig: <T extends object>() => (config[policy.name] ?? {}) as T,
      notApplicable: (): never => {
        throw new Error("no rule of this pack says so");
      },
    };
    if ("validateStack" in policy) {
      const args: StackValidationArgs = { ...common, resources };
      await policy.validateStack(args, report(""));
      continue;
    }
    for (const resource of resources) {
      const args: ResourceValidationArgs = { ...resource, ...common, isType: () => false, asType: () => undefined };
      const validations = [policy.validateResource ?? []].flat();
      for (const validate of validations) await validate(args, report(resource.urn));
    }
  }
  return reported;
}

function policyResource({
  type,
  name,
  inputs,
  components = [],
  protect = false,
  region,
}: PolicySubject): PolicyResource {
  return {
    type,
    name,
    props: unknownCheckingProxy(inputs),
    urn: `urn:pulumi:test::project::${[...components, type].join("$")}::${name}`,
    opts: { protect, ignoreChanges: [], aliases: [], customTimeouts: NO_TIMEOUTS, additionalSecretOutputs: [] },
    dependencies: [],
    propertyDependencies: {},
    isType: () => false,
    asType: () => undefined,
    ...(region !== undefined && {
      provider: { type: "pulumi:providers:aws", name: "default", urn: "", props: { region } },
    }),
  };
}

const NO_TIMEOUTS = { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 };
