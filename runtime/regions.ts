/**
 * What the name of a Region tells: its partition, and whether accounts have it without asking.
 *
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */

/** A group of Regions with accounts, ARNs and names of its own. */
export interface Partition {
  /** As in ARNs. */
  name: "aws" | "aws-us-gov" | "aws-cn";
  /** The end of service names. */
  dnsSuffix: string;
  /** Where IAM and Organizations are, and a Region that no account can be without. */
  homeRegion: string;
}

const COMMERCIAL: Partition = { name: "aws", dnsSuffix: "amazonaws.com", homeRegion: "us-east-1" };
const GOV_CLOUD: Partition = { name: "aws-us-gov", dnsSuffix: "amazonaws.com", homeRegion: "us-gov-west-1" };
const CHINA: Partition = { name: "aws-cn", dnsSuffix: "amazonaws.com.cn", homeRegion: "cn-north-1" };

/** Regions of the commercial partition that every account has; whatever Region came later has to be enabled in each account. */
const ENABLED_BY_DEFAULT = new Set([
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
]);

/** The partition of a Region; undefined for one that this version does not know (the isolated and the sovereign ones). */
export function partitionOf(region: string): Partition | undefined {
  if (/^us-gov-/.test(region)) return GOV_CLOUD;
  if (/^cn-/.test(region)) return CHINA;
  return /^(us-iso|eu-iso|eusc-)/.test(region) ? undefined : COMMERCIAL;
}

/** The home Region by the name of a partition, for whom no Region is given. */
export function homeRegionOf(partition: string): string {
  return [GOV_CLOUD, CHINA].find(({ name }) => name === partition)?.homeRegion ?? COMMERCIAL.homeRegion;
}

/** Whether accounts have to enable a Region before it takes their credentials. */
export function isOptIn(region: string): boolean {
  return partitionOf(region) === COMMERCIAL && !ENABLED_BY_DEFAULT.has(region);
}

/**
 * A Region in which every account of an organization can be entered: the given one where all accounts have it, or else the home Region
 * of its partition. STS gives out a session of an account only in Regions that are enabled in that account, whoever asks.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
 */
export function regionOfEveryAccount(region: string): string {
  return isOptIn(region) ? COMMERCIAL.homeRegion : region;
}
