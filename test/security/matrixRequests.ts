import type { ServiceActor } from "./matrixCallers";
import type { Asset, Site } from "./matrixSite";
import type { Request } from "./policyEvaluator";

/** How an action is judged: the requests that it takes, in order, and the service of AWS that does it, where one would. */
export interface MatrixAction {
  requests: (site: Site) => Request[];
  /** The collector's function, unless an action says otherwise. */
  actor?: (site: Site) => ServiceActor;
  /** What policies allow of it, Object Lock in compliance mode refuses; that it does is tried in the emulator. */
  locked?: boolean;
}

/** Condition keys of a request. */
export type Context = NonNullable<Request["context"]>;

/** A request on something that is protected, or on a part of it. */
export function on(
  site: Site,
  { arn, accountId, organizationId, policy }: Asset,
  action: string,
  context: Context = {},
  part = "",
): Request {
  return {
    action,
    resource: `${arn}${part}`,
    accountId,
    organizationId: organizationId ?? site.organizationId,
    ...(policy && { resourcePolicy: policy }),
    context,
  };
}

/** A request that knows no resources, in an account of the organization. */
export function inAccount(site: Site, accountId: string, action: string, context: Context = {}): Request {
  return { action, resource: "*", accountId, organizationId: site.organizationId, context };
}

/** The use of a key by S3, in the name of who asks S3; with a bucket key the context is the bucket. */
export function throughS3(site: Site, key: Asset, action: string, bucketArn: string): Request {
  const region = key.arn.split(":")[3];
  return on(site, key, action, {
    "kms:ViaService": `s3.${region}.amazonaws.com`,
    "kms:EncryptionContext:aws:s3:arn": bucketArn,
  });
}

/** An action that is one request on one thing. */
export const single = (
  asset: (site: Site) => Asset,
  action: string,
  context: Context | ((site: Site) => Context) = {},
  part = "",
): MatrixAction => ({
  requests: (site) => [on(site, asset(site), action, typeof context === "function" ? context(site) : context, part)],
});

/** A service that names the resource for which it acts, and its account. */
export const actingFor =
  (service: string, asset: (site: Site) => Asset) =>
  (site: Site): ServiceActor => ({
    service,
    sourceArn: asset(site).arn,
    sourceAccount: asset(site).accountId,
  });

/** The Lambda service, for the collector's function. */
export const LAMBDA = actingFor("lambda.amazonaws.com", (site) => site.function);

/** CloudWatch, for an alarm of the collector's account. */
export const ALARM = actingFor("cloudwatch.amazonaws.com", ({ region, topic }) => ({
  ...topic,
  arn: `arn:aws:cloudwatch:${region}:${topic.accountId}:alarm:iam-credential-reports-collector-failed`,
}));
