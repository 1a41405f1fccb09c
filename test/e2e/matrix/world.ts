import { AthenaClient } from "@aws-sdk/client-athena";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { INSECURE_TRANSPORT_HEADER } from "../../../emulation/emulator";
import { addHeader } from "../../support/headers";
import type { Credentials } from "../../emulation/emulatedAws";

/** Clients of one caller. */
export type Clients = RegionalClients & {
  /** The same caller, whose requests count as sent over plain HTTP. */
  inTheClear: (region: string) => Pick<RegionalClients, "s3" | "sns" | "sqs">;

  /** The same caller in another Region. */
  in: (region: string) => RegionalClients;
};

type RegionalClients = ReturnType<typeof regionalClients>;

/** What is deployed, and who may set things right after an attempt. */
export interface World {
  accounts: { management: string; security: string; logArchive: string; member: string };
  region: string;
  replicaRegion: string;
  externalId: string;
  rolePath: string;
  bucket: string;
  replica: string;
  results: string;
  keyArn: string;
  replicaKeyArn: string;
  signingKeyArn: string;
  alertsKeyArn: string;
  topicArn: string;
  queueUrl: string;
  functionArn: string;
  machineArn: string;
  stackSetName: string;
  /** An execution that is there to be stopped. */
  executionArn: string;
  collectorRoleArn: string;
  memberRoleArn: string;
  /** Administrators, who put back what an attempt changed, and tell what is there. */
  as: {
    management: Clients;
    security: Clients;
    logArchive: Clients;
    member: Clients;
    collector: Clients;
    reader: Clients;
  };
}

/** Somebody who tries. */
export interface Actor {
  /** His account; undefined for who gives no credentials. */
  accountId: string | undefined;
  clients: Clients;
}

/** How something is tried in the emulator. */
export interface Attempt {
  /** What is asked; it leaves everything as it was, or {@link undo} does. */
  call: (world: World, clients: Clients) => Promise<unknown>;
  undo?: (world: World) => Promise<unknown>;
  /** Done before anybody tries, and taken back by {@link after}. */
  before?: (world: World) => Promise<unknown>;
  after?: (world: World) => Promise<unknown>;
  /** Account that owns what is asked for: callers of others are also refused by not finding it. */
  owner: keyof World["accounts"];
  /** It is asked of S3. */
  ofBucket?: true;
  /** The request can only be made in that account, since it names none. */
  inside?: true;
  /** Errors that are answered to who was let in: what policies allow may still not be possible. */
  beyond?: readonly string[];
}

/**
 * Clients of every service that is tried.
 *
 * @param credentials none for who signs nothing
 */
export function clientsOf(endpoint: string, region: string, credentials: Credentials | undefined): Clients {
  return {
    ...regionalClients(endpoint, region, credentials),
    inTheClear: (where) => {
      const { s3, sns, sqs } = regionalClients(endpoint, where, credentials);
      for (const client of [s3, sns, sqs]) addHeader(client, INSECURE_TRANSPORT_HEADER, "true");
      return { s3, sns, sqs };
    },
    in: (other) => regionalClients(endpoint, other, credentials),
  };
}

function regionalClients(endpoint: string, region: string, credentials: Credentials | undefined) {
  const unsigned = { signer: { sign: <T>(request: T): Promise<T> => Promise.resolve(request) } };
  const who = credentials
    ? { credentials }
    : { ...unsigned, credentials: { accessKeyId: "none", secretAccessKey: "none" } };
  const settings = { endpoint, region, maxAttempts: 1, ...who };
  return {
    athena: new AthenaClient(settings),
    cloudFormation: new CloudFormationClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    logs: new CloudWatchLogsClient(settings),
    events: new EventBridgeClient(settings),
    iam: new IAMClient(settings),
    kms: new KMSClient(settings),
    lambda: new LambdaClient(settings),
    organizations: new OrganizationsClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    scheduler: new SchedulerClient(settings),
    states: new SFNClient(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
    sts: new STSClient(settings),
  };
}
