/** Where each partition has its console; `REGION` stands for the Region. Other partitions are not known to this version. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: "https://REGION.console.aws.amazon.com",
  "aws-us-gov": "https://console.amazonaws-us-gov.com",
  "aws-cn": "https://console.amazonaws.cn",
};

/**
 * The address of the builds of a CodeBuild project in the console, where whoever follows it signs in.
 *
 * @returns undefined in a partition whose console is not known
 */
export function buildsLink(partition: string, region: string, accountId: string, project: string): string | undefined {
  const host = CONSOLES[partition]?.replace("REGION", region);
  return host && `${host}/codesuite/codebuild/${accountId}/projects/${project}/history?region=${region}`;
}

/**
 * The address of an object in the console of S3, where whoever follows it signs in and needs the right to read.
 *
 * It is no presigned link on purpose: that would let in everybody whom the message reaches, by whatever way, and be void within
 * twelve hours at the most. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 *
 * @returns The address; in a partition whose console is not known, `s3://BUCKET/KEY`.
 */
export function consoleLink(partition: string, region: string, bucket: string, key: string): string {
  const host = CONSOLES[partition]?.replace("REGION", region);
  if (host === undefined) return `s3://${bucket}/${key}`;
  return `${host}/s3/object/${bucket}?region=${region}&prefix=${encodeURIComponent(key).replaceAll("%2F", "/")}`;
}
