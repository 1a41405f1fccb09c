import { runProgram } from "../../rollout/programs";
import { mockPulumi, settled, type MockedPlace, type Registered } from "./pulumiMocks";

/** The accounts of the example organization. */
const ACCOUNTS = {
  security: "222233334444",
  logarchive: "333344445555",
  management: "111122223333",
  "member-444455556666": "444455556666",
};

/** A stack of the example organization. */
export type ExampleStack = keyof typeof ACCOUNTS;

/** Every kind of stack. */
export const EXAMPLE_STACKS = Object.keys(ACCOUNTS) as ExampleStack[];

/** What differs from the example organization, with everything that is optional made. */
export interface DeployedStacksOptions {
  /** Where all stacks are. */
  place?: Omit<MockedPlace, "accountId">;
  /** Values for all stacks, or for one, as text. */
  config?: Record<string, string>;
  /** Account of the stack security; one of its own by default. */
  securityAccountId?: string;
}

/** Registers what each kind of stack makes, with mocks in the engine's place. */
export async function deployedStacks(
  options: DeployedStacksOptions = {},
): Promise<{ stack: ExampleStack; resources: Registered[] }[]> {
  const deployed = [];
  for (const stack of EXAMPLE_STACKS) deployed.push({ stack, resources: await deployedStack(stack, options) });
  return deployed;
}

/** Registers what one stack makes. */
export async function deployedStack(
  stack: ExampleStack,
  { place, config, securityAccountId = ACCOUNTS.security }: DeployedStacksOptions = {},
): Promise<Registered[]> {
  const { partition = "aws", region = "eu-central-1" } = place ?? {};
  const arn = (service: string, at: string, account: string, resource: string): string =>
    `arn:${partition}:${service}:${at}:${account}:${resource}`;
  const shared = {
    organizationId: "o-exampleorgid",
    managementAccountId: ACCOUNTS.management,
    logArchiveAccountId: ACCOUNTS.logarchive,
    readerRoleArns: JSON.stringify([arn("iam", "", ACCOUNTS.logarchive, "role/Auditor")]),
    signManifests: "true",
    deliverReports: "true",
    collectorEngine: "stepfunctions",
    quickSightPrincipalArn: arn("quicksight", region, ACCOUNTS.logarchive, "group/default/auditors"),
    memberRoles: partition === "aws-cn" ? "stacks" : "stackset",
    stackSetTargets: '["r-exam"]',
    ...(stack === "security"
      ? {}
      : {
          keyArn: arn("kms", region, securityAccountId, "key/1234abcd"),
          signingKeyArn: arn("kms", region, securityAccountId, "key/5678efab"),
        }),
  };
  const accountId = stack === "security" ? securityAccountId : ACCOUNTS[stack];
  const bucketName: Record<string, string> = stack === "management" ? { bucketName: "evidence" } : {};
  const registered = mockPulumi(
    { ...place, partition, region, accountId },
    { stack, config: { ...shared, ...bucketName, ...config } },
  );
  await runProgram(stack);
  await settled();
  return registered;
}

/** Every text of what a resource was given, policies and templates among them. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}
