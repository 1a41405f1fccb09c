import * as pulumi from "@pulumi/pulumi";
import { runProgram } from "../../rollout/programs";
import { memberTemplateFor } from "../../rollout/ownerPolicies";
import { readSettings } from "../../rollout/configuration/settings";
import { STACK_TAG } from "../../rollout/configuration/tags";
import {
  documentOf,
  policiesIn,
  policiesOfTemplate,
  templatesIn,
  type FoundPolicy,
  type FoundTemplate,
} from "./policiesIn";
import { mockPulumi, settled, valueOf, type Registered } from "./pulumiMocks";
import {
  exampleConfiguration,
  RENDERED_STACKS,
  type ConfigurationName,
  type ExampleConfiguration,
  type RenderedStack,
} from "./renderedConfigurations";

/** A policy document that a program renders for a configuration. */
export interface RenderedPolicy extends FoundPolicy {
  configuration: string;
  /** Its stack; `export` for what is exported for others to deploy. */
  stack: RenderedStack | "export";
}

/** A CloudFormation template that a program renders for a configuration. */
export interface RenderedTemplate extends FoundTemplate {
  configuration: string;
  stack: RenderedStack | "export";
}

/** All that the programs of an organization's stacks make of a configuration. */
export interface Rendered {
  configuration: ExampleConfiguration;
  policies: RenderedPolicy[];
  templates: RenderedTemplate[];
  /** What each stack registered, and its outputs. */
  stacks: { stack: RenderedStack; resources: Registered[]; outputs: Record<string, string> }[];
}

/** Ids of the keys by Pulumi's names for them, so that each has an ARN of its own. */
export const KEY_IDS = {
  "report-key": "evidence",
  "signing-key": "signing",
  "replica-key": "replica",
  alerts: "alerts",
} as const;

const rendered = new Map<string, Promise<Rendered>>();
/** The mocks take the engine's place in the whole process, so stacks are rendered one after the other. */
let last: Promise<unknown> = Promise.resolve();

/** Renders the stacks of a configuration, each once in a process; what one stack needs of another it has from its outputs. */
export function render(name: ConfigurationName): Promise<Rendered> {
  const known = rendered.get(name);
  if (known) return known;
  const made = last.then(() => renderAll(name, exampleConfiguration(name)));
  last = made.catch(() => undefined);
  rendered.set(name, made);
  return made;
}

/** Every policy document of the stacks of a configuration, those within templates included. */
export async function renderedPolicies(name: ConfigurationName): Promise<RenderedPolicy[]> {
  return (await render(name)).policies;
}

async function renderAll(name: string, configuration: ExampleConfiguration): Promise<Rendered> {
  const { place, accounts } = configuration;
  const result: Rendered = { configuration, policies: [], templates: [], stacks: [] };
  const references: Record<string, Record<string, string>> = {};
  for (const stack of configuration.stacks ?? RENDERED_STACKS) {
    const where = { ...place, accountId: accounts[stack] };
    const pulumiName = stack === "member" ? `member-${where.accountId}` : stack;
    const resources = mockPulumi(where, {
      stack: pulumiName,
      config: { ...configuration.config },
      references,
      keyIds: KEY_IDS,
    });
    const outputs = await plainOutputs(await runProgram(pulumiName));
    await settled();
    references[`organization/iam-credential-reports/${stack}`] = outputs;
    result.stacks.push({ stack, resources, outputs });
    const of = { configuration: name, stack };
    result.policies.push(...policiesIn(resources, where, KEY_IDS).map((policy) => ({ ...of, ...policy })));
    result.policies.push(...policiesInOutputs(outputs).map((policy) => ({ ...of, ...policy })));
    result.templates.push(...templatesIn(resources).map((template) => ({ ...of, ...template })));
  }
  const exported = exportedTemplate(configuration);
  if (exported) result.templates.push({ configuration: name, stack: "export", ...exported });
  for (const { stack, ...template } of result.templates) {
    const into = { ...place, accountId: accounts.member };
    result.policies.push(
      ...policiesOfTemplate(template, into).map((policy) => ({ configuration: name, stack, ...policy })),
    );
  }
  return result;
}

async function plainOutputs(outputs: Record<string, pulumi.Input<string>>): Promise<Record<string, string>> {
  return valueOf(pulumi.output(outputs) as pulumi.Output<Record<string, string>>);
}

/** Policies that a stack prints for somebody else to attach. */
function policiesInOutputs(outputs: Record<string, string>): FoundPolicy[] {
  return Object.entries(outputs).flatMap(([name, text]) => {
    const document = documentOf(text);
    return document ? [{ resource: `output::${name}`, kind: "identity" as const, document }] : [];
  });
}

/** The template that `export` and `policy --for member-template` give to others; none without an organization. */
function exportedTemplate({ place, accounts, config }: ExampleConfiguration): FoundTemplate | undefined {
  if (config["organizationId"] === "none") return undefined;
  const settings = readSettings("management", "management", config, {
    accountId: accounts.management,
    region: place.region,
  });
  const file = {
    name: "management",
    region: place.region,
    assumeRoles: [],
    values: config,
    secretKeys: [],
    document: {},
  };
  const template = memberTemplateFor({ management: { settings, file } }, { [STACK_TAG]: "cfct" });
  return { resource: "export::member-template", text: JSON.stringify(template) };
}
