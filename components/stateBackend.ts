/** Where Pulumi's state is, as far as a policy has to know. */
export type StateBackend =
  /** Objects of a bucket below a prefix: "" for all of it, else with a slash at its end. */
  | { kind: "s3"; bucketName: string; prefix: string }
  /** Pulumi Cloud, or a service like it. */
  | { kind: "service" };

/**
 * Reads the address of a backend as `pulumi login` takes it, or undefined where it is none that a pipeline can reach with a role.
 *
 * https://www.pulumi.com/docs/iac/concepts/state-and-backends/
 * @example parseStateBackend("s3://our-state/reports?region=eu-central-1")
 */
export function parseStateBackend(url: string): StateBackend | undefined {
  if (/^https:\/\/[^\s/]+/.test(url)) return { kind: "service" };
  const [, bucketName, path = ""] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[^?\s/]+)*)\/?(?:\?\S*)?$/.exec(url) ?? [];
  if (bucketName === undefined) return undefined;
  return { kind: "s3", bucketName, prefix: path === "" ? "" : `${path.slice(1)}/` };
}
