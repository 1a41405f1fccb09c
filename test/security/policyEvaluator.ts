import { anonymousPrincipal, runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import type { Reason } from "../support/permissionMatrix";

/** Somebody who asks, as a policy sees him. */
export interface Caller {
  /** ARN of a session, name of a service, or undefined for who gives no credentials. */
  principal: string | undefined;
  /** His account, where he has one. */
  accountId?: string;
  /** Policies of his own, each a document. */
  identityPolicies: readonly object[];
  /** What a policy can ask of him, as `aws:PrincipalArn`. */
  context: Readonly<Record<string, string>>;
}

/** One request: most actions are one, reading an encrypted object is two. */
export interface Request {
  /** @example "s3:GetObject" */
  action: string;
  /** ARN of what it is done to; `*` for actions that know no resources. */
  resource: string;
  /** Account that owns it. */
  accountId: string;
  /** Organization of that account, where it has one. */
  organizationId?: string;
  /** The policy of the resource, of a kind that has one. */
  resourcePolicy?: object;
  /** What a policy can ask of the request. */
  context?: Readonly<Record<string, string | string[]>>;
}

/** What comes of a request, and by which kind of policy; `sids` are the statements of the resource's policy that decided. */
export interface Verdict {
  allowed: boolean;
  reason: Exclude<Reason, "lock">;
  sids: string[];
}

/**
 * The evaluator has no encryption contexts among the condition keys of KMS. A tag of the caller, which no policy here asks for, stands for
 * the one that the policies name, in policies and requests alike: it is a text, too, and is compared by the same operators.
 */
const ENCRYPTION_CONTEXT = ["kms:EncryptionContext:aws:s3:arn", "aws:PrincipalTag/EncryptionContext"] as const;

const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/**
 * Judges one request by the policies alone, as AWS does within and across accounts. The evaluator is iam-simulate, which knows the rules
 * of identities, resources, trust and keys, the actions of AWS and the condition keys that each has. No service control policy narrows.
 *
 * @throws Error where a policy is not valid, the action does not exist or has no such resource, or a condition key is none of the action's:
 *   a request that AWS would never make proves nothing
 */
export async function judge(caller: Caller, request: Request): Promise<Verdict> {
  const simulation: Simulation = renamed({
    request: {
      principal: caller.principal ?? anonymousPrincipal,
      action: request.action,
      resource: { resource: request.resource, accountId: request.accountId },
      contextVariables: {
        "aws:SecureTransport": "true",
        "aws:ResourceAccount": request.accountId,
        ...(request.organizationId !== undefined && { "aws:ResourceOrgID": request.organizationId }),
        ...caller.context,
        ...request.context,
      },
    },
    identityPolicies: caller.identityPolicies.map((policy, at) => ({ name: `policy ${at}`, policy })),
    serviceControlPolicies:
      caller.principal === undefined
        ? []
        : [{ orgIdentifier: "root", policies: [{ name: "FullAWSAccess", policy: everything }] }],
    resourceControlPolicies: [],
    resourcePolicy: request.resourcePolicy,
  });
  const answer = await runSimulation(simulation, {});
  const asked = `${caller.principal ?? "anonymous"}: ${request.action} on ${request.resource}`;
  if (answer.resultType !== "single") throw new Error(`${asked} cannot be judged: ${JSON.stringify(answer)}`);
  const { analysis, ignoredContextKeys = [] } = answer.result;
  if (ignoredContextKeys.length > 0) throw new Error(`${asked}: the action has no ${ignoredContextKeys.join()}`);
  const resource = analysis.resourceAnalysis;
  const sids = (resource?.denyStatements.length ? resource.denyStatements : (resource?.allowStatements ?? [])).map(
    ({ statement }) => statement.sid() ?? "",
  );
  const letIn = resource?.result === "Allowed" || resource?.result === "AllowedForAccount";
  if (answer.overallResult === "Allowed") return { allowed: true, reason: letIn ? "let" : "own", sids };
  if (resource?.denyStatements.length) return { allowed: false, reason: "no", sids };
  const has = analysis.identityAnalysis?.result === "Allowed";
  const ofItsOwn = caller.principal !== undefined && caller.accountId !== undefined;
  return { allowed: false, reason: ofItsOwn && !has ? "none" : "shut", sids };
}

/**
 * Judges the requests of one action: all have to be allowed. Where the key of an object refuses what the bucket allows, the reason is `key`.
 */
export async function judgeAll(caller: Caller, requests: readonly Request[]): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const [at, request] of requests.entries()) {
    const next = await judge(caller, request);
    if (!next.allowed) return at > 0 && request.action.startsWith("kms:") ? { ...next, reason: "key" } : next;
    verdicts.push(next);
  }
  const [first] = verdicts;
  if (!first) throw new Error("an action of no requests can neither be allowed nor denied");
  return { ...first, sids: verdicts.flatMap(({ sids }) => sids) };
}

function renamed(simulation: Simulation): Simulation {
  return JSON.parse(JSON.stringify(simulation).replaceAll(...ENCRYPTION_CONTEXT)) as Simulation;
}
