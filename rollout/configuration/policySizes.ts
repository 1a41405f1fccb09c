import { streamPolicy } from "../../components/alertsPolicy";
import { parseArn } from "../../components/arn";
import { buildRolePolicy } from "../../components/deliveryBuildPolicy";
import { previewPolicy, rolloutPolicy, sameAccounts } from "../../components/deliveryPolicy";
import { GITHUB_ENVIRONMENTS, gitHubTrustPolicy } from "../../components/gitHubTrustPolicy";
import { manifestSigningKeyPolicy } from "../../components/manifestSigningKeyPolicy";
import { memberRoleTrustPolicy } from "../../components/memberRolePolicy";
import { memberRoleTemplate } from "../../components/memberRoleTemplate";
import { isStandalone } from "../../components/organization";
import { queryResultsBucketPolicy } from "../../components/queryResultsBucketPolicy";
import { replicaBucketPolicy } from "../../components/replicationPolicy";
import { reportBucketPolicy } from "../../components/reportBucketPolicy";
import { replicaKeyPolicy, reportKeyPolicy } from "../../components/reportKeyPolicy";
import { partitionOf } from "../../runtime/regions";
import type { ConfigurationProblem } from "../errors";
import type { ConfigKeyName, Settings, StackKind } from "./configSchema";
import {
  bucketNameOf,
  collectorAccountOf,
  engineOf,
  isByStackSet,
  replicaBucketNameOf,
  replicationRoleArnOf,
  resultsBucketNameOf,
} from "./derivedSettings";
import type { ProviderFacts } from "./placeProblems";
import { STACK_TAG } from "./tags";

/**
 * How long AWS lets documents be that grow with the configuration. IAM counts characters without white space, of which there is none, and
 * all inline policies of a role together; its limit for trust policies is the one that accounts have by default.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const SIZE_LIMITS = {
  rolePolicies: 10_240,
  trustPolicy: 2048,
  bucketPolicy: 20_480,
  keyPolicy: 32_768,
  template: 51_200,
} as const;

/** A document that a stack would make, how long it would be, and which key it grows with. */
export interface DocumentSize {
  /** In words, as in `the policy of the key`. */
  document: string;
  kind: keyof typeof SIZE_LIMITS;
  /** Characters or bytes, as the limit counts. */
  size: number;
  key: ConfigKeyName;
  /** What makes it shorter. */
  remedy: string;
}

/** Documents of a stack that would be longer than AWS takes: it would refuse them in the middle of a deployment. */
export function sizeProblems(kind: StackKind, settings: Settings, provider: ProviderFacts): ConfigurationProblem[] {
  return documentSizes(kind, settings, provider)
    .filter((found) => found.size > SIZE_LIMITS[found.kind])
    .map(({ document, kind, size, key, remedy }) => ({
      key,
      problem: `makes ${document} ${size} ${unitOf(kind)} long, and AWS takes ${SIZE_LIMITS[kind]}: ${remedy}`,
    }));
}

/** What a limit counts. */
export function unitOf(kind: DocumentSize["kind"]): "characters" | "bytes" {
  return kind === "rolePolicies" || kind === "trustPolicy" ? "characters" : "bytes";
}

/** The documents of a stack that grow with its configuration; none in a partition that is not known. */
export function documentSizes(kind: StackKind, settings: Settings, provider: ProviderFacts): DocumentSize[] {
  const partition = partitionOf(provider.region);
  if (partition === undefined) return [];
  const where = { partition: partition.name, dnsSuffix: partition.dnsSuffix, ...provider };
  switch (kind) {
    case "security":
      return keyPolicies(settings, where);
    case "logarchive":
      return bucketPolicies(settings, where);
    case "management":
      return [...streamRole(settings), ...memberRole(settings, where), ...template(settings, where)];
    case "member":
      return memberRole(settings, where);
    case "pipeline":
      return deliveryRoles(settings, where);
  }
}

type Where = ProviderFacts & { partition: string; dnsSuffix: string };

const OF_READERS = {
  key: "readerRoleArns",
  remedy:
    "name fewer roles, or some with shorter names and paths; one role that all auditors assume does for any number of them",
} as const;

function sized(
  document: string,
  kind: DocumentSize["kind"],
  content: object,
  of: Pick<DocumentSize, "key" | "remedy">,
): DocumentSize {
  const text = JSON.stringify(content);
  const size = unitOf(kind) === "bytes" ? Buffer.byteLength(text) : text.length;
  return { document, kind, size, ...of };
}

/** ARN of the collector's role, in parts. */
function collectorOf(settings: Settings) {
  return {
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
  };
}

function keyPolicies(settings: Settings, where: Where): DocumentSize[] {
  const shared = { ...where, securityAccountId: where.accountId, readerRoleArns: settings.readerRoleArns };
  const bucketName = bucketNameOf(settings, where.region);
  const resultsBucketName = settings.analysis ? resultsBucketNameOf(settings, where.region) : undefined;
  const replicationRoleArn = replicationRoleArnOf(settings, where.partition);
  const keyPolicy = (document: string, content: object) => sized(document, "keyPolicy", content, OF_READERS);
  return [
    keyPolicy(
      "the policy of the key",
      reportKeyPolicy({
        ...shared,
        ...collectorOf(settings),
        bucketName,
        ...(resultsBucketName !== undefined && { resultsBucketName }),
        ...(replicationRoleArn !== undefined && { replicationRoleArn }),
      }),
    ),
    ...(settings.signManifests
      ? [keyPolicy("the policy of the signing key", manifestSigningKeyPolicy({ ...shared, ...collectorOf(settings) }))]
      : []),
    ...(replicationRoleArn === undefined
      ? []
      : [
          keyPolicy(
            "the policy of the replica's key",
            replicaKeyPolicy({
              ...shared,
              region: settings.replicaRegion,
              bucketName: replicaBucketNameOf(settings, where.region),
              replicationRoleArn,
            }),
          ),
        ]),
  ];
}

function bucketPolicies(settings: Settings, where: Where): DocumentSize[] {
  const { readerRoleArns, keyArn } = settings;
  const { partition, region } = where;
  const shared = { partition, readerRoleArns };
  const bucketPolicy = (document: string, content: object) => sized(document, "bucketPolicy", content, OF_READERS);
  const replicationRoleArn = replicationRoleArnOf(settings, partition);
  return [
    bucketPolicy(
      "the policy of the bucket",
      reportBucketPolicy({
        ...shared,
        ...collectorOf(settings),
        bucketName: bucketNameOf(settings, region),
        keyArn,
        organizationId: settings.organizationId,
        deliverReports: settings.deliverReports,
        announceFindings: settings.events === "findings",
        engine: engineOf(settings),
      }),
    ),
    ...(settings.analysis
      ? [
          bucketPolicy(
            "the policy of the bucket for query results",
            queryResultsBucketPolicy({ ...shared, bucketName: resultsBucketNameOf(settings, region), keyArn }),
          ),
        ]
      : []),
    ...(replicationRoleArn === undefined
      ? []
      : [
          bucketPolicy(
            "the policy of the replica's bucket",
            replicaBucketPolicy({
              ...shared,
              bucketName: replicaBucketNameOf(settings, region),
              keyArn: settings.replicaKeyArn,
              replicationRoleArn,
            }),
          ),
        ]),
  ];
}

function streamRole({ alertSubscriptions }: Settings): DocumentSize[] {
  const streams = alertSubscriptions.filter((arn) => parseArn(arn)?.service === "firehose");
  if (streams.length === 0) return [];
  const remedy =
    "name fewer streams of Data Firehose, or subscribe others to the output alertsTopicArn by a role of yours";
  return [
    sized("the policy of the role for streams", "rolePolicies", streamPolicy(streams), {
      key: "alertSubscriptions",
      remedy,
    }),
  ];
}

function trustInput(settings: Settings, { partition }: Where) {
  const { externalId } = settings;
  return { partition, ...collectorOf(settings), ...(externalId && { externalId }) };
}

function memberRole(settings: Settings, where: Where): DocumentSize[] {
  if (isStandalone(settings.organizationId)) return [];
  const remedy = "shorten the external id, or rolePath and collectorRoleName, which stand there too";
  return [
    sized("the trust policy of member roles", "trustPolicy", memberRoleTrustPolicy(trustInput(settings, where)), {
      key: settings.externalId === "" ? "rolePath" : "externalId",
      remedy,
    }),
  ];
}

function template(settings: Settings, where: Where): DocumentSize[] {
  if (!isByStackSet(settings)) return [];
  const content = memberRoleTemplate({
    ...trustInput(settings, where),
    roleName: settings.memberRoleName,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary,
    securityHub: settings.securityHub,
    tags: { ...settings.tags, [STACK_TAG]: "management" },
  });
  const remedy = "set fewer tags, or shorter ones: the roles in member accounts take all of them";
  return [sized("the template of the StackSet", "template", content, { key: "tags", remedy })];
}

function deliveryRoles(settings: Settings, where: Where): DocumentSize[] {
  const { organizationId, repository, deployRoleArns, previewRoleName, deliveryName } = settings;
  const rights = {
    deployRoleArns,
    stateBackend: settings.stateBackend,
    ...(settings.stateKeyArn && { stateKeyArn: settings.stateKeyArn }),
    ...(organizationId && !isStandalone(organizationId) && { organizationId }),
  };
  const remedy =
    "name fewer roles, or some with shorter names and paths; a role of the same name in several accounts stands there once an account";
  const rolePolicies = (step: string, content: object) =>
    sized(`the policy of the ${step} role`, "rolePolicies", content, { key: "deployRoleArns", remedy });
  if (settings.deliverBy !== "github") {
    const input = {
      ...where,
      pipelineName: deliveryName,
      bucketName: `${deliveryName}-${where.accountId}-${where.region}`,
      connectionArn: settings.connectionArn,
      logGroupName: `/aws/codebuild/${deliveryName}`,
    };
    const args = {
      ...rights,
      passphraseSecretArn: settings.passphraseSecretArn || undefined,
      accessTokenSecretArn: settings.accessTokenSecretArn || undefined,
      previewRoleName: previewRoleName || undefined,
    };
    return (["preview", "deploy"] as const).map((step) => rolePolicies(step, buildRolePolicy(step, args, input)));
  }
  const input = { ...rights, partition: where.partition };
  const preview = { ...input, deployRoleArns: sameAccounts(deployRoleArns, previewRoleName) };
  return [
    rolePolicies("preview", previewPolicy(preview)),
    rolePolicies("deploy", rolloutPolicy(input)),
    ...Object.values(GITHUB_ENVIRONMENTS).map((environment) =>
      sized(
        `the trust policy of the role of environment ${environment}`,
        "trustPolicy",
        gitHubTrustPolicy({ ...where, repository, environment }),
        { key: "repository", remedy: "GitHub knows no repository whose names are that long" },
      ),
    ),
  ];
}
