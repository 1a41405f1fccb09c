import { createHash } from "node:crypto";
import { Document, Scalar, stringify } from "yaml";
import type { MemberRoleTemplate } from "../../components/memberRoleTemplate";

/** Where CfCT deploys a template: its words for units and accounts. */
export interface CfctTargets {
  /** `Root`, or units as `Parent:Child`; each stands for the accounts directly in it. */
  units: readonly string[];
  /** Account ids. */
  accounts: readonly string[];
}

/** What the files for CfCT are made of. */
export interface CfctInput {
  template: MemberRoleTemplate;
  /** Name of the resource; CfCT's StackSet is `CustomControlTower-` and this. */
  name: string;
  /** Home Region of AWS Control Tower, and the one Region in which the template is deployed: roles are of none. */
  region: string;
  targets: CfctTargets;
}

/** Path of the template beside the manifest: CfCT looks at what ends so in the folder `templates`. */
export const TEMPLATE_FILE = "templates/iam-credential-reports-member.template";

/** Path of the manifest: CfCT knows no other. */
export const MANIFEST_FILE = "manifest.yaml";

/**
 * The files for Customizations for AWS Control Tower, by their paths: a manifest of the version 2021-03-15 with one resource, and
 * that resource's template.
 *
 * https://docs.aws.amazon.com/controltower/latest/userguide/cfct-manifest-file-resources-section.html
 */
export function cfctFiles(input: CfctInput): Record<string, string> {
  return { [MANIFEST_FILE]: sealed(manifest(input)), [TEMPLATE_FILE]: sealed(yamlOf(input.template)) };
}

function manifest({ template, name, region, targets }: CfctInput): string {
  const { units, accounts } = targets;
  const document = {
    region,
    // a date in YAML, and no text: CfCT's schema asks for one
    version: plain("2021-03-15"),
    resources: [
      {
        name,
        description: template.Description,
        resource_file: TEMPLATE_FILE,
        deploy_method: "stack_set",
        deployment_targets: {
          ...(units.length > 0 && { organizational_units: units.map(quoted) }),
          ...(accounts.length > 0 && { accounts: accounts.map(quoted) }),
        },
        regions: [region],
      },
    ],
  };
  return `---\n${new Document(document).toString({ lineWidth: 0 })}`;
}

/** CloudFormation reads YAML 1.1, in which a bare `2012-10-17` would be a date and `on` a truth value. */
function yamlOf(template: MemberRoleTemplate): string {
  return stringify(template, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}

function plain(text: string): Scalar {
  return scalar(text, Scalar.PLAIN);
}

/** What users name may look like a number, a date or a truth value. */
function quoted(text: string): Scalar {
  return scalar(text, Scalar.QUOTE_DOUBLE);
}

function scalar(text: string, type: Scalar.Type): Scalar {
  const made = new Scalar(text);
  made.type = type;
  return made;
}

const SEAL =
  /^# Written by: orchestrate export --cfct; replaced by the next one while it is unchanged \(([0-9a-f]{64})\)\n/;

/** Puts a first line before a text that tells later whether somebody changed it. */
function sealed(text: string): string {
  return `# Written by: orchestrate export --cfct; replaced by the next one while it is unchanged (${hashOf(text)})\n${text}`;
}

/** Whether a file is as this command wrote it. */
export function isUnchanged(text: string): boolean {
  const seal = SEAL.exec(text);
  return seal !== null && seal[1] === hashOf(text.slice(seal[0].length));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
