import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeOrganizationCommand, OrganizationsClient, type Organization } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { parseArn } from "../../components/arn";
import { readOrganizationConfig, type CENTRAL_STACKS, type OrganizationConfig } from "../organizationConfig";
import { callerOf, openSession, type Caller, type Session } from "../session";
import type { StackEngine, StackSummary } from "../stackEngine";
import { readStackFile, type StackFile } from "../stackFiles";
import { Unmet } from "./check";
import { engineFacts, once, type EngineFacts } from "./engineFacts";

/** One of the three stacks that every organization has. */
export type CentralName = (typeof CENTRAL_STACKS)[number];

/** AWS as the deployer of one stack sees it, with the roles of its file behind it. */
export interface AccountView {
  caller: Caller;
  region: string;
  organizations: OrganizationsClient;
  iam: IAMClient;
  kms: KMSClient;
  lambda: LambdaClient;
  s3: S3Client;
}

/**
 * What the checks look at. Each fact is asked for once, by the first check that needs it, and a check that needs what cannot be had
 * fails with {@link Unmet}.
 */
export interface DoctorFacts {
  engine: EngineFacts;
  env: NodeJS.ProcessEnv;
  /** The files of the stacks, each by itself: they may disagree. */
  file: (stack: CentralName) => Promise<StackFile>;
  /** The whole configuration; rejects with its problems, not with {@link Unmet}. */
  readConfig: () => Promise<OrganizationConfig>;
  config: () => Promise<OrganizationConfig>;
  /** The caller before any role, by the STS of a Region. */
  callerAt: (region: string) => Promise<Caller>;
  /** Assumes the roles of a stack and asks who that is; rejects with what AWS said. */
  enter: (stack: CentralName) => Promise<AccountView>;
  account: (stack: CentralName) => Promise<AccountView>;
  /** Rejects with what AWS said. */
  askOrganization: () => Promise<Organization>;
  organization: () => Promise<Organization>;
  /** Stacks in the backend. */
  stacks: () => Promise<StackSummary[]>;
}

/** The facts of this project, with the credentials and the Pulumi CLI of the caller. */
export function doctorFacts(at: {
  projectDir: string;
  workRoot: string;
  engine: Pick<StackEngine, "list">;
  env?: NodeJS.ProcessEnv;
}): DoctorFacts {
  const fileOf = perName((stack: CentralName) => attempt(() => readStackFile(at.projectDir, stack)));
  const readConfig = once(() => attempt(() => readOrganizationConfig(at.projectDir)));
  const engine = engineFacts({ ...at, file: () => fileOf("security") });
  const enter = perName(async (stack: CentralName): Promise<AccountView> => {
    const { region, assumeRoles } = await fileOf(stack);
    const session = await openSession(region, assumeRoles, `stack ${stack}`);
    return { caller: await callerOf(session), region, ...clients(session) };
  });
  const account = (stack: CentralName): Promise<AccountView> => needing(`role-${stack}`, () => enter(stack));
  const askOrganization = once(async () => {
    const { organizations } = await account("management");
    return (await organizations.send(new DescribeOrganizationCommand({}))).Organization ?? {};
  });
  const stacks = once(() => engine.stacks());
  return {
    engine: { ...engine, stacks },
    env: at.env ?? process.env,
    file: (stack) => needing("configuration", () => fileOf(stack)),
    readConfig,
    config: () => needing("configuration", readConfig),
    callerAt: perName((region: string) => callerOf({ region })),
    enter,
    account,
    askOrganization,
    organization: () => needing("organization", askOrganization),
    stacks: () => needing("backend", stacks),
  };
}

/**
 * The account that a stack is meant for: the one that its provider is held to, or else the one that its last role leads into, or else
 * the caller's own.
 */
export function intendedAccount({
  accountId,
  assumeRoles,
}: Pick<StackFile, "accountId" | "assumeRoles">): string | undefined {
  return accountId ?? parseArn(assumeRoles.at(-1)?.roleArn ?? "")?.accountId;
}

function clients(session: Session): Omit<AccountView, "caller" | "region"> {
  const settings = { ...session, maxAttempts: 3, requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 } };
  return {
    organizations: new OrganizationsClient(settings),
    iam: new IAMClient(settings),
    kms: new KMSClient(settings),
    lambda: new LambdaClient(settings),
    // An emulator serves every bucket under one host name.
    s3: new S3Client({ ...settings, forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined }),
  };
}

async function needing<T>(checkId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof Unmet ? cause : new Unmet(checkId, cause);
  }
}

function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function perName<Name extends string, T>(work: (name: Name) => Promise<T>): (name: Name) => Promise<T> {
  const asked = new Map<Name, () => Promise<T>>();
  return (name) => {
    const ask = asked.get(name) ?? once(() => work(name));
    asked.set(name, ask);
    return ask();
  };
}
