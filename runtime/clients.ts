import { AsyncLocalStorage } from "node:async_hooks";

import { IAMClient } from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";

import { BoundedAnswers, type AnswerLimits } from "./answerLimits";
import { regionOfEveryAccount } from "./regions";
import { classify } from "./retry";
import type { CollectorSettings } from "./settings";

/** Credentials of a session in an account. */
export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration?: Date;
}

/** The AWS clients of one run: one a service, whatever the number of accounts. */
export interface AwsClients {
  organizations: OrganizationsClient;
  sts: STSClient;
  s3: S3Client;
  /** Calls made within {@link AwsClients.as} go to the account of that session, others to the collector's own. */
  iam: IAMClient;
  /** Makes IAM calls with the credentials of a session. Calls under way for other sessions are not touched. */
  as<T>(session: SessionCredentials | undefined, call: () => Promise<T>): Promise<T>;
  /** Requests sent so far. */
  calls(): number;
  /** Of these, what a service refused because there were too many: not for want of room for another report in generation. */
  throttled(): number;
  /** Closes the connections. */
  destroy(): void;
}

/** Where and as whom to call, where that is not what the environment says. */
export interface ClientOverrides {
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** What answers may take; by default what the largest report takes. */
  answers?: AnswerLimits;
}

/** Connections beyond those of the calls under way, for Organizations and the evidence. */
const SPARE_SOCKETS = 10;

/**
 * Makes the clients of a run. They share one HTTP handler, so connections are kept and reused across accounts, and they
 * do not retry: `withRetry` does.
 *
 * IAM and Organizations are global; the SDK finds their endpoint and signing Region from the Region of the settings,
 * in every partition. STS is asked in that Region too, or where not every account has it, in the
 * home Region of the partition: an account of which a session is asked has to have the Region.
 */
export function awsClients(
  settings: Pick<CollectorSettings, "region" | "concurrency">,
  { answers, ...overrides }: ClientOverrides = {},
): AwsClients {
  const agent = { keepAlive: true, maxSockets: settings.concurrency + SPARE_SOCKETS };
  const own = { region: settings.region, maxAttempts: 1, ...overrides };
  const sts = new STSClient({
    ...own,
    region: regionOfEveryAccount(settings.region),
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
      socketTimeout: 20_000,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  const shared = { ...own, requestHandler: sts.config.requestHandler };
  const elsewhere = overrides.endpoint ?? process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];

  const session = new AsyncLocalStorage<SessionCredentials>();
  const owner = async () => session.getStore() ?? (await sts.config.credentials());
  // One signer a service asks for the credentials of each request; left to itself, the SDK keeps those of the first.
  const signer = (endpoint: { signingRegion?: string; signingName?: string } | undefined, service: string) => {
    return new SignatureV4({
      credentials: owner,
      region: endpoint?.signingRegion ?? settings.region,
      service: endpoint?.signingName ?? service,
      sha256: sts.config.sha256,
    });
  };
  const clients = {
    sts,
    organizations: new OrganizationsClient(shared),
    // An emulator serves every bucket under one host name.
    s3: new S3Client({ ...shared, forcePathStyle: elsewhere !== undefined }),
    iam: new IAMClient({
      ...shared,
      credentials: sts.config.credentials,
      signer: (endpoint) => Promise.resolve(signer(endpoint, "iam")),
    }),
  };
  const throttles = new ThrottleCounter();
  const bounded = new BoundedAnswers(answers);
  for (const { middlewareStack } of [clients.sts, clients.organizations, clients.s3, clients.iam]) {
    const stack = middlewareStack as Pick<typeof clients.iam.middlewareStack, "add">;
    stack.add(throttles.middleware);
    stack.add(bounded.middleware, { step: "deserialize", priority: "low" });
  }
  return {
    ...clients,
    as: (who, call) => bounded.holding(() => (who ? session.run(who, call) : call())),
    calls: countRequests(sts.config.requestHandler),
    throttled: () => throttles.count,
    destroy: () => sts.destroy(),
  };
}

/** Counts what the clients that its middleware is added to are refused because they ask too often. */
class ThrottleCounter {
  count = 0;

  readonly middleware =
    <Args, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      try {
        return await next(args);
      } catch (error) {
        if (classify(error) === "throttled") this.count += 1;
        throw error;
      }
    };
}

/** Counts what a handler sends from now on. */
function countRequests(handler: STSClient["config"]["requestHandler"]): () => number {
  let count = 0;
  const send = handler.handle.bind(handler);
  handler.handle = (...request) => {
    count += 1;
    return send(...request);
  };
  return () => count;
}
