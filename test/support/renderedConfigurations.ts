import {
  ACCOUNTS,
  CHINA,
  COMMERCIAL,
  DELEGATED_ACCOUNT,
  everything,
  GOV_CLOUD,
  least,
  list,
  role,
  type ExampleConfiguration,
  type Place,
} from "./exampleValues";
import { largestConfiguration } from "./largestConfiguration";

export {
  ACCOUNTS,
  DELEGATED_ACCOUNT,
  RENDERED_STACKS,
  type ExampleConfiguration,
  type RenderedStack,
} from "./exampleValues";

const organization = (place: Place, config: Record<string, string>): ExampleConfiguration => ({
  place,
  accounts: ACCOUNTS,
  config,
});

const BY_GITHUB = {
  deliverBy: "github",
  connectionArn: "",
  passphraseSecretArn: "",
  accessTokenSecretArn: "",
  approvalEmails: "[]",
};

const CONFIGURATIONS = {
  /** As the stack files in the repository have it. */
  default: () => organization(COMMERCIAL, least(COMMERCIAL)),
  stepfunctions: () => organization(COMMERCIAL, { ...least(COMMERCIAL), collectorEngine: "stepfunctions" }),
  "everything on": () => organization(COMMERCIAL, everything(COMMERCIAL)),
  /** GitHub Actions in place of a pipeline; nothing else differs from `everything on`. */
  GitHub: () => organization(COMMERCIAL, { ...everything(COMMERCIAL), previewRoleName: "preview", ...BY_GITHUB }),
  /** One account that is in no organization. */
  standalone: (): ExampleConfiguration => ({
    place: COMMERCIAL,
    accounts: {
      security: ACCOUNTS.logarchive,
      logarchive: ACCOUNTS.logarchive,
      management: ACCOUNTS.logarchive,
      member: ACCOUNTS.logarchive,
      pipeline: ACCOUNTS.logarchive,
    },
    config: {
      ...least(COMMERCIAL),
      organizationId: "none",
      managementAccountId: "",
      collectorAccountId: ACCOUNTS.logarchive,
      deployRoleArns: list(role(COMMERCIAL, ACCOUNTS.logarchive, "rollout")),
    },
    stacks: ["security", "logarchive", "management", "pipeline"],
  }),
  /** The collector in the account of a delegated administrator; the management account is a member. */
  "delegated collector": (): ExampleConfiguration => ({
    place: COMMERCIAL,
    accounts: { ...ACCOUNTS, management: DELEGATED_ACCOUNT, member: ACCOUNTS.management },
    config: { ...least(COMMERCIAL), collectorAccountId: DELEGATED_ACCOUNT },
  }),
  GovCloud: () => organization(GOV_CLOUD, everything(GOV_CLOUD)),
  China: () => organization(CHINA, everything(CHINA)),
  largest: () => largestConfiguration(),
} satisfies Record<string, () => ExampleConfiguration>;

/** Name of a configuration. */
export type ConfigurationName = keyof typeof CONFIGURATIONS;

/** Names of all configurations. */
export const CONFIGURATION_NAMES = Object.keys(CONFIGURATIONS) as ConfigurationName[];

/** A configuration by its name. */
export function exampleConfiguration(name: ConfigurationName): ExampleConfiguration {
  return CONFIGURATIONS[name]();
}
