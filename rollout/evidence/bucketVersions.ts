import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { ListedObject } from "../../report/verification";
import { keys } from "../../runtime/store";

/** The run that a common prefix below `runs/` names. */
export function folderOf({ Prefix }: { Prefix?: string | undefined }): string {
  return Prefix?.split("/")[1] ?? "";
}

/** The pages of a listing of versions, which the SDK has no paginator for. */
async function* versionPages(client: S3Client, request: ListObjectVersionsCommandInput) {
  let next: Pick<ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> | undefined = {};
  while (next) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ ...request, ...next }),
    );
    yield page;
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
}

/** Runs of which any version is kept, be it only of what was deleted. */
export async function listVersionFolders(client: S3Client, bucket: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of versionPages(client, { Bucket: bucket, Prefix: keys.runs, Delimiter: "/" })) {
    ids.push(...(page.CommonPrefixes ?? []).map(folderOf));
  }
  return ids;
}

/** The objects whose keys begin with the prefix, in order of key, with those of which only versions are left. */
export async function listVersions(client: S3Client, bucket: string, prefix: string): Promise<ListedObject[]> {
  const found = new Map<string, ListedObject & { versions: number }>();
  for await (const page of versionPages(client, { Bucket: bucket, Prefix: prefix })) {
    const deletions = (page.DeleteMarkers ?? []).map((marker) => ({ ...marker, deletion: true }));
    const versions = (page.Versions ?? []).map((version) => ({ ...version, deletion: false }));
    for (const { Key: key = "", IsLatest, LastModified, deletion } of [...versions, ...deletions]) {
      const object = found.get(key) ?? { key, versions: 0 };
      const at = LastModified?.getTime();
      const newest = !IsLatest ? {} : deletion ? { deleted: true, deletedAt: at } : { writtenAt: at };
      found.set(key, { ...object, versions: object.versions + 1, ...newest });
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
