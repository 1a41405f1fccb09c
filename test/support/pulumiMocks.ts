import * as pulumi from "@pulumi/pulumi";

/** A resource that a program registered. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** The place that the mocked provider works in. */
export interface MockedPlace {
  accountId?: string;
  partition?: string;
  dnsSuffix?: string;
  region?: string;
}

/**
 * Puts mocks in the engine's place and gives what is registered from then on.
 *
 * @param config values of the project's keys, as text
 */
export function mockPulumi(
  place: MockedPlace = {},
  options: {
    stack?: string;
    config?: Record<string, string>;
    /** Keys of it that are secrets. */
    secret?: readonly string[];
    references?: Record<string, unknown>;
    /** Ids of KMS keys by Pulumi's names for them; all have one id by default. */
    keyIds?: Record<string, string>;
  } = {},
): Registered[] {
  const registered: Registered[] = [];
  const where = {
    accountId: "222233334444",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    region: "eu-central-1",
    ...place,
  };
  const arn = (service: string, rest: string, region = where.region): string =>
    `arn:${where.partition}:${service}:${service === "iam" ? "" : region}:${where.accountId}:${rest}`;
  const outputs = (type: string, pulumiName: string, inputs: Record<string, unknown>): Record<string, unknown> => {
    const name = (inputs["name"] ?? inputs["bucket"] ?? "") as string;
    switch (type) {
      case "aws:kms/key:Key": {
        const keyId = options.keyIds?.[pulumiName] ?? "1234abcd";
        return { keyId, arn: arn("kms", `key/${keyId}`, inputs["region"] as string | undefined) };
      }
      case "aws:s3/bucket:Bucket":
        return { arn: `arn:${where.partition}:s3:::${name}` };
      case "aws:iam/role:Role":
        return { arn: arn("iam", `role${(inputs["path"] as string | undefined) ?? "/"}${name}`) };
      case "aws:cloudwatch/logGroup:LogGroup":
        return { arn: arn("logs", `log-group:${name}`) };
      case "aws:lambda/function:Function":
        return { arn: arn("lambda", `function:${name}`) };
      case "aws:scheduler/scheduleGroup:ScheduleGroup":
        return { arn: arn("scheduler", `schedule-group/${name}`) };
      case "aws:sqs/queue:Queue":
        return {
          arn: arn("sqs", name),
          url: `https://sqs.${where.region}.${where.dnsSuffix}/${where.accountId}/${name}`,
        };
      case "aws:scheduler/schedule:Schedule":
        return { arn: arn("scheduler", `schedule/${String(inputs["groupName"])}/${name}`) };
      case "aws:cloudwatch/eventRule:EventRule":
        return { arn: arn("events", `rule/${name}`) };
      case "aws:sfn/stateMachine:StateMachine":
        return { arn: arn("states", `stateMachine:${name}`) };
      case "aws:cloudwatch/metricAlarm:MetricAlarm":
        return { arn: arn("cloudwatch", `alarm:${name}`) };
      case "aws:sns/topic:Topic":
        return { arn: arn("sns", name) };
      case "aws:codebuild/project:Project":
        return { arn: arn("codebuild", `project/${name}`) };
      case "pulumi:pulumi:StackReference":
        return { outputs: options.references?.[String(inputs["name"])] ?? {}, secretOutputNames: [] };
      default:
        return {};
    }
  };
  void pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const values = inputs as Record<string, unknown>;
        registered.push({ type, name, inputs: values });
        return { id: `${name}-id`, state: { ...values, ...outputs(type, name, values) } };
      },
      call: ({ token }) => {
        if (token.includes("getCallerIdentity")) return { accountId: where.accountId, arn: arn("iam", "root") };
        if (token.includes("getPartition")) return { partition: where.partition, dnsSuffix: where.dnsSuffix };
        if (token.includes("getRegion")) return { region: where.region };
        if (token.includes("getEntityPath")) return { entityPath: `o-exampleorgid/r-exam/${where.accountId}` };
        if (token.includes("getPublicKey")) return { publicKeyPem: "-----BEGIN PUBLIC KEY-----\n" };
        throw new Error(`no mock for the call ${token}`);
      },
    },
    "iam-credential-reports",
    options.stack ?? "test",
    false,
    "organization",
  );
  const config = Object.entries(options.config ?? {});
  pulumi.runtime.setAllConfig(
    Object.fromEntries(config.map(([key, value]) => [`iam-credential-reports:${key}`, value])),
    options.secret?.map((key) => `iam-credential-reports:${key}`),
  );
  return registered;
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** Waits until everything that a component began is registered. */
export async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
}

/** The one registered resource of a type, or of a type and Pulumi's name for it. */
export function only(registered: readonly Registered[], type: string, name?: string): Record<string, unknown> {
  const found = registered.filter((resource) => resource.type === type && (name ?? resource.name) === resource.name);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} ${name ?? ""}, not one`);
  return found[0]?.inputs ?? {};
}
