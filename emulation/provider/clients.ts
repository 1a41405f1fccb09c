import { AthenaClient } from "@aws-sdk/client-athena";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GlueClient } from "@aws-sdk/client-glue";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials, ProviderConfiguration } from "./configuration";
import { describeError } from "./errors";

/** The clients of one account and Region; each is made when it is first asked for. */
export class Aws {
  readonly #clients = new Map<unknown, unknown>();

  /** `credentials` undefined leaves them to the SDK's own chain. */
  constructor(
    readonly region: string,
    readonly caller: { accountId: string; arn: string; userId: string },
    private readonly credentials: Credentials | undefined,
  ) {}

  /** `aws`, `aws-cn` or `aws-us-gov`, as the caller's ARN says. */
  get partition(): string {
    return this.caller.arn.split(":")[1] ?? "aws";
  }

  /** The end of service names in the partition. */
  get dnsSuffix(): string {
    return this.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  }

  get athena(): AthenaClient {
    return this.client(AthenaClient);
  }
  get cloudformation(): CloudFormationClient {
    return this.client(CloudFormationClient);
  }
  get cloudwatch(): CloudWatchClient {
    return this.client(CloudWatchClient);
  }
  get events(): EventBridgeClient {
    return this.client(EventBridgeClient);
  }
  get glue(): GlueClient {
    return this.client(GlueClient);
  }
  get iam(): IAMClient {
    return this.client(IAMClient);
  }
  get kms(): KMSClient {
    return this.client(KMSClient);
  }
  get lambda(): LambdaClient {
    return this.client(LambdaClient);
  }
  get logs(): CloudWatchLogsClient {
    return this.client(CloudWatchLogsClient);
  }
  get organizations(): OrganizationsClient {
    return this.client(OrganizationsClient);
  }
  get s3(): S3Client {
    return this.client(S3Client);
  }
  get scheduler(): SchedulerClient {
    return this.client(SchedulerClient);
  }
  get sns(): SNSClient {
    return this.client(SNSClient);
  }
  get sqs(): SQSClient {
    return this.client(SQSClient);
  }
  get states(): SFNClient {
    return this.client(SFNClient);
  }

  /** The same account in another Region. */
  inRegion(region: string): Aws {
    return region === this.region ? this : new Aws(region, this.caller, this.credentials);
  }

  private client<Client>(kind: new (options: ClientOptions) => Client): Client {
    let client = this.#clients.get(kind) as Client | undefined;
    if (!client) {
      client = named(new kind(clientOptions(this.region, this.credentials)));
      this.#clients.set(kind, client);
    }
    return client;
  }
}

/**
 * Takes the provider's configuration to credentials: its own keys or the SDK's chain, then every role in turn.
 * Throws when a role cannot be assumed and when the account is not an allowed one, in the words of the real provider.
 */
export async function connect(configuration: ProviderConfiguration): Promise<Aws> {
  const { region, assumeRoles, allowedAccountIds, forbiddenAccountIds } = configuration;
  let credentials = configuration.credentials;
  for (const role of assumeRoles) {
    const sts = named(new STSClient(clientOptions(region, credentials)));
    try {
      const answer = await sts.send(
        new AssumeRoleCommand({
          RoleArn: role.roleArn,
          RoleSessionName: role.sessionName ?? `pulumi-${process.pid}`,
          ExternalId: role.externalId,
          Policy: role.policy,
        }),
      );
      credentials = {
        accessKeyId: answer.Credentials?.AccessKeyId ?? "",
        secretAccessKey: answer.Credentials?.SecretAccessKey ?? "",
        sessionToken: answer.Credentials?.SessionToken,
      };
    } catch (error) {
      throw new Error(
        `IAM Role (${role.roleArn}) cannot be assumed: ${describeError(error)}. ` +
          "Check that the role exists, that its trust policy names the caller, and the external id.",
        { cause: error },
      );
    }
  }
  const identity = await named(new STSClient(clientOptions(region, credentials))).send(new GetCallerIdentityCommand());
  const caller = { accountId: identity.Account ?? "", arn: identity.Arn ?? "", userId: identity.UserId ?? "" };
  const refused = allowedAccountIds.length > 0 && !allowedAccountIds.includes(caller.accountId);
  if (refused || forbiddenAccountIds.includes(caller.accountId)) {
    throw new Error(
      `AWS account ID not allowed: ${caller.accountId}. The stack's configuration allows ` +
        `${allowedAccountIds.join(", ") || "others"}: check aws:allowedAccountIds, aws:assumeRoles and the credentials.`,
    );
  }
  return new Aws(region, caller, credentials);
}

interface ClientOptions {
  region: string;
  credentials?: Credentials;
  forcePathStyle?: boolean;
  useQueueUrlAsEndpoint: false;
}

/** An endpoint of one's own has no host name for each bucket, so buckets go into the path; and it is not the host in the URL of a queue. */
function clientOptions(region: string, credentials: Credentials | undefined): ClientOptions {
  const ownEndpoint = process.env.AWS_ENDPOINT_URL || process.env.AWS_ENDPOINT_URL_S3;
  return {
    region,
    useQueueUrlAsEndpoint: false,
    ...(credentials && { credentials }),
    ...(ownEndpoint && { forcePathStyle: true }),
  };
}

type Handler = (args: object) => Promise<object>;

interface AnyClient {
  middlewareStack: {
    add(
      middleware: (next: Handler, context: { clientName?: string; commandName?: string }) => Handler,
      options: { step: "initialize"; name: string },
    ): void;
  };
}

/** Lets errors say which operation failed, as in `KMS CreateKey`; the SDK leaves that out. */
function named<Client>(client: Client): Client {
  (client as AnyClient).middlewareStack.add(
    (next, { clientName, commandName }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          const operation = `${clientName?.replace(/Client$/, "")} ${commandName?.replace(/Command$/, "")}`;
          throw error instanceof Error ? Object.assign(error, { operation }) : error;
        }
      },
    { step: "initialize", name: "nameOperation" },
  );
  return client;
}
