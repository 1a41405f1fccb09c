/**
 * Tags of objects whose place no prefix names, so that the bucket's life cycle can tell them from the manifest beside them.
 */

/** Key of the tag. */
export const KIND_TAG = "evidence-kind";

/** Values of the tag: raw reports, and the page that is made of a run. */
export type TaggedKind = "raw" | "page";

/** The value for a key of the bucket; undefined where the object has no tag. */
export function taggedKind(key: string): TaggedKind | undefined {
  if (/^runs\/[^/]+\/raw\//.test(key)) return "raw";
  return /^runs\/[^/]+\/report\.html$/.test(key) ? "page" : undefined;
}
