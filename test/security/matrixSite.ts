import type { PolicyDocument } from "../../components/policyDocument";
import { render, type Rendered } from "../support/renderedPolicies";

/** Something that is protected: its ARN, its account, and the policy that hangs on it, where it has one. */
export interface Asset {
  arn: string;
  accountId: string;
  /** Organization of that account, where it is another than the site's. */
  organizationId?: string;
  policy?: PolicyDocument;
}

/** An organization in which everything is deployed, as the evaluator sees it: what there is, and the policies that hang on it. */
export interface Site {
  organizationId: string;
  region: string;
  replicaRegion: string;
  accounts: { security: string; logArchive: string; management: string; member: string };
  evidence: Asset;
  replica: Asset;
  results: Asset;
  evidenceKey: Asset;
  replicaKey: Asset;
  signingKey: Asset;
  alertsKey: Asset;
  topic: Asset;
  queue: Asset;
  function: Asset;
  machine: Asset;
  schedule: Asset;
  logGroup: Asset;
  stackSet: Asset;
  bus: Asset;
  state: Asset;
  roles: Record<SiteRole, Asset>;
  /** Documents that are attached to these roles, or printed to be. */
  identity: Record<SiteRole | "auditor", PolicyDocument[]>;
}

/** Roles that the stacks make. */
export type SiteRole =
  "collector" | "member" | "schedule" | "machine" | "replication" | "streams" | "deploy" | "preview";

const ROLES: Record<SiteRole, [stack: string, name: string]> = {
  collector: ["management", "collector"],
  member: ["member", "member-role"],
  schedule: ["management", "schedule"],
  machine: ["management", "machine"],
  replication: ["logarchive", "report-replica"],
  streams: ["management", "alerts"],
  deploy: ["pipeline", "pipeline-deploy"],
  preview: ["pipeline", "pipeline-preview"],
};

/** The site of the rendered configuration with everything on. */
export async function renderedSite(): Promise<Site> {
  const rendered = await render("everything on");
  const { place, accounts, config } = rendered.configuration;
  const { region } = place;
  const management = outputsOf(rendered, "management");
  const found = (stack: string, resource: string): Asset => hanging(rendered, stack, resource);
  const asset = (arn: string | undefined, accountId = accounts.management): Asset => ({ arn: arn ?? "", accountId });
  const regional = (service: string, resource: string): Asset =>
    asset(`arn:${place.partition}:${service}:${region}:${accounts.management}:${resource}`);
  const bucket = (name: string): Asset => ({
    ...found("logarchive", `aws:s3/bucketPolicy:BucketPolicy::${name}`),
    accountId: accounts.logarchive,
  });
  const key = (stack: string, name: string): Asset => found(stack, `aws:kms/key:Key::${name}`);
  const roles = Object.entries(ROLES).map(([role, [stack, name]]) => [
    role,
    found(stack, `aws:iam/role:Role::${name}`),
  ]);
  return {
    organizationId: config["organizationId"] ?? "",
    region,
    replicaRegion: config["replicaRegion"] ?? "",
    accounts: {
      security: accounts.security,
      logArchive: accounts.logarchive,
      management: accounts.management,
      member: accounts.member,
    },
    evidence: bucket("report-bucket"),
    replica: bucket("report-replica"),
    results: bucket("analysis-results"),
    evidenceKey: key("security", "report-key"),
    replicaKey: key("security", "replica-key"),
    signingKey: key("security", "signing-key"),
    alertsKey: key("management", "alerts"),
    topic: found("management", "aws:sns/topicPolicy:TopicPolicy::alerts"),
    queue: found("management", "aws:sqs/queuePolicy:QueuePolicy::collector"),
    function: found("management", "aws:lambda/permission:Permission::machine"),
    machine: asset(management["stateMachineArn"]),
    schedule: asset(management["scheduleArn"]),
    logGroup: regional("logs", `log-group:${management["logGroupName"]}`),
    stackSet: regional("cloudformation", `stackset/${management["stackSetName"]}:1234abcd`),
    bus: regional("events", `event-bus/${config["eventBusName"]}`),
    state: {
      arn: (config["stateBackend"] ?? "").replace("s3://", `arn:${place.partition}:s3:::`),
      accountId: accounts.pipeline,
    },
    roles: Object.fromEntries(roles) as Site["roles"],
    identity: {
      ...(Object.fromEntries(
        Object.entries(ROLES).map(([role, [stack, name]]) => [role, [attached(rendered, stack, name)]]),
      ) as Record<SiteRole, PolicyDocument[]>),
      auditor: [one(rendered, "logarchive", "output::analystPolicy").document],
    },
  };
}

function one({ policies }: Rendered, stack: string, resource: string): Rendered["policies"][number] {
  const found = policies.filter((policy) => policy.stack === stack && policy.resource === resource);
  if (found.length === 1 && found[0]) return found[0];
  throw new Error(`stack ${stack} has ${found.length} policies at ${resource}, not one`);
}

function hanging(rendered: Rendered, stack: string, resource: string): Asset {
  const { attachedTo = "", document } = one(rendered, stack, resource);
  return { arn: attachedTo, accountId: attachedTo.split(":")[4] ?? "", policy: document };
}

function attached(rendered: Rendered, stack: string, name: string): PolicyDocument {
  return one(rendered, stack, `aws:iam/rolePolicy:RolePolicy::${name}`).document;
}

function outputsOf({ stacks }: Rendered, stack: string): Record<string, string> {
  return stacks.find((each) => each.stack === stack)?.outputs ?? {};
}
