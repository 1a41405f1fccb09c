import { AthenaClient } from "@aws-sdk/client-athena";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GlueClient } from "@aws-sdk/client-glue";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeOrganizationCommand, OrganizationsClient, type Organization } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { parseArn } from "../../components/arn";
import { partitionOf } from "../../runtime/regions";
import {
  readOrganizationConfig,
  type CENTRAL_STACKS,
  type OrganizationConfig,
} from "../configuration/organizationConfig";
import { callerOf, openSession, type Caller, type Session } from "../session";
import type { StackEngine, StackSummary } from "../engine/stackEngine";
import { readStackFile, type StackFile } from "../configuration/stackFiles";
import { plainConfigs } from "../configuration/stackSecrets";
import { isForeignCredential, rootCause } from "./awsErrors";
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
  logs: CloudWatchLogsClient;
  cloudwatch: CloudWatchClient;
  scheduler: SchedulerClient;
  events: EventBridgeClient;
  sqs: SQSClient;
  sns: SNSClient;
  states: SFNClient;
  cloudformation: CloudFormationClient;
  glue: GlueClient;
  athena: AthenaClient;
}

/** Where facts come from; each may be asked more than once and fails with what was said. */
export interface FactSources {
  engine: EngineFacts;
  env: NodeJS.ProcessEnv;
  /** The files of the stacks, each by itself: they may disagree. */
  file: (stack: CentralName) => Promise<StackFile>;
  /** The whole configuration. */
  readConfig: () => Promise<OrganizationConfig>;
  /** The caller before any role, by the STS of a Region. */
  callerAt: (region: string) => Promise<Caller>;
  /** Assumes the roles of a stack and asks who that is. */
  enter: (stack: CentralName) => Promise<AccountView>;
}

/**
 * What the checks look at. Each fact is asked for once, by the first check that needs it. Those that are the subject of a check come
 * with what was said; the others fail with {@link Unmet}, which names that check.
 */
export interface DoctorFacts extends FactSources {
  config: () => Promise<OrganizationConfig>;
  account: (stack: CentralName) => Promise<AccountView>;
  /** The subject of the check `organization`. */
  askOrganization: () => Promise<Organization>;
  organization: () => Promise<Organization>;
  backendUrl: () => Promise<string>;
  /** Stacks in the backend. */
  stacks: () => Promise<StackSummary[]>;
  /** The check that says why a stack's account cannot be entered. */
  obstacle: (stack: CentralName) => Promise<string>;
}

/** The facts of this project, with the credentials and the Pulumi CLI of the caller. */
export function doctorFacts(at: {
  projectDir: string;
  workRoot: string;
  engine: Pick<StackEngine, "list">;
  env?: NodeJS.ProcessEnv;
}): DoctorFacts {
  const plain = once(() => plainConfigs(at));
  const file = perName(async (stack: CentralName) => readStackFile(at.projectDir, stack, (await plain())[stack]));
  return factsFrom({
    engine: engineFacts({ ...at, file: () => file("security") }),
    env: at.env ?? process.env,
    file,
    readConfig: async () => readOrganizationConfig(at.projectDir, await plain()),
    callerAt: (region) => callerOf({ region }),
    enter: async (stack) => {
      const { region, assumeRoles } = await file(stack);
      const session = await openSession(region, assumeRoles, `stack ${stack}`);
      return { caller: await callerOf(session), region, ...clients(session) };
    },
  });
}

/** Asks each source once, and says what depends on what. */
export function factsFrom(sources: FactSources): DoctorFacts {
  const readConfig = once(sources.readConfig);
  const callerAt = perName(sources.callerAt);
  const enter = perName(sources.enter);
  const config = (): Promise<OrganizationConfig> => needing("configuration", readConfig);
  const file = (stack: CentralName): Promise<StackFile> => needing("configuration", () => sources.file(stack));
  const cli = once(sources.engine.version);
  const byCli =
    <T>(work: () => Promise<T>) =>
    async (): Promise<T> => {
      await needing("pulumi-cli", cli);
      return work();
    };
  const engine: EngineFacts = {
    version: cli,
    plugins: byCli(sources.engine.plugins),
    backendUrl: once(byCli(sources.engine.backendUrl)),
    stacks: once(byCli(sources.engine.stacks)),
    tryWriting: byCli(sources.engine.tryWriting),
  };
  const obstacle = async (stack: CentralName): Promise<string> => {
    const { region } = await file(stack);
    // credentials of every account work there: what fails elsewhere fails because of the Region
    const home = partitionOf(region)?.homeRegion ?? region;
    const known = (where: string): Promise<boolean> => callerAt(where).then(Boolean, () => false);
    const error: unknown = await enter(stack).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if ((await known(region)) && !isForeignCredential(rootCause(error))) return `role-${stack}`;
    return (await known(home)) ? `region-${stack}` : "caller";
  };
  const account = async (stack: CentralName): Promise<AccountView> => {
    await file(stack);
    return enter(stack).catch(async (cause: unknown) => {
      throw new Unmet(await obstacle(stack), cause);
    });
  };
  const askOrganization = once(async () => {
    const { organizations } = await account("management");
    return (await organizations.send(new DescribeOrganizationCommand({}))).Organization ?? {};
  });
  return {
    env: sources.env,
    engine,
    file,
    readConfig,
    config,
    callerAt,
    enter,
    account,
    askOrganization,
    organization: () => needing("organization", askOrganization),
    backendUrl: () => needing("backend", engine.backendUrl),
    stacks: () => needing("backend", engine.stacks),
    obstacle,
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
    logs: new CloudWatchLogsClient(settings),
    cloudwatch: new CloudWatchClient(settings),
    scheduler: new SchedulerClient(settings),
    events: new EventBridgeClient(settings),
    // the URL of a queue names the host that AWS has for it, an emulator has another
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
    sns: new SNSClient(settings),
    states: new SFNClient(settings),
    cloudformation: new CloudFormationClient(settings),
    glue: new GlueClient(settings),
    athena: new AthenaClient(settings),
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

function perName<Name extends string, T>(work: (name: Name) => Promise<T>): (name: Name) => Promise<T> {
  const asked = new Map<Name, () => Promise<T>>();
  return (name) => {
    const ask = asked.get(name) ?? once(() => work(name));
    asked.set(name, ask);
    return ask();
  };
}
