import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What the trust in GitHub Actions depends on. */
export interface GitHubTrustInput {
  partition: string;
  /** Account that has GitHub's OIDC provider, and the role. */
  accountId: string;
  /**
   * The repository by owner and name, or by these with their ids, as in `example@1234/reports@5678`: GitHub names repositories that were
   * made or renamed since July 2026 so, because a name can come to belong to somebody else.
   */
  repository: string;
  /** The environment in which the job runs; its rules say who may have a job run there. */
  environment: string;
}

/** Environments of the repository: whoever may run a job in one has the rights of its role. */
export const GITHUB_ENVIRONMENTS = { preview: "preview", deploy: "rollout" } as const;

/** Host of the tokens that GitHub gives to jobs; it names the provider in IAM. */
const ISSUER = "token.actions.githubusercontent.com";

/**
 * Who may assume a role by way of GitHub: jobs of the one repository that run in the one environment, with tokens made for AWS.
 *
 * https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
 */
export function gitHubTrustPolicy({ partition, accountId, repository, environment }: GitHubTrustInput): PolicyDocument {
  return policyDocument({
    Sid: "JobsOfTheEnvironment",
    Effect: "Allow",
    Principal: { Federated: `arn:${partition}:iam::${accountId}:oidc-provider/${ISSUER}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${ISSUER}:aud`]: "sts.amazonaws.com",
        [`${ISSUER}:sub`]: `repo:${repository}:environment:${environment}`,
      },
    },
  });
}
