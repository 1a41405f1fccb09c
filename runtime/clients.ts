import { IAMClient } from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";

import type { CollectorSettings } from "./settings";

/** Credentials of a session in an account. */
export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration?: Date;
}

/** The AWS clients of one run. */
export interface AwsClients {
  organizations: OrganizationsClient;
  sts: STSClient;
  s3: S3Client;
  /** A client for the account of the session, or for the collector's own account. */
  iam(session?: SessionCredentials): IAMClient;
  /** Closes the connections. */
  destroy(): void;
}

/** Where and as whom to call, where that is not what the environment says. */
export interface ClientOverrides {
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/**
 * Makes the clients of a run. They share one HTTP handler, so connections are kept and reused across accounts, and they
 * do not retry: `withRetry` does.
 *
 * IAM and Organizations are global; the SDK finds their endpoint and signing Region from the Region of the settings,
 * in every partition. STS is asked in that Region.
 */
export function awsClients(
  settings: Pick<CollectorSettings, "region" | "concurrency">,
  overrides: ClientOverrides = {},
): AwsClients {
  const agent = { keepAlive: true, maxSockets: settings.concurrency + 10 };
  const own = { region: settings.region, maxAttempts: 1, ...overrides };
  const sts = new STSClient({
    ...own,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  const shared = { ...own, requestHandler: sts.config.requestHandler };
  const elsewhere = overrides.endpoint ?? process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  return {
    sts,
    organizations: new OrganizationsClient(shared),
    // An emulator serves every bucket under one host name.
    s3: new S3Client({ ...shared, forcePathStyle: elsewhere !== undefined }),
    iam: (session) => new IAMClient(session ? { ...shared, credentials: session } : shared),
    destroy: () => sts.destroy(),
  };
}
