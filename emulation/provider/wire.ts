import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Json, Values } from "./values";

/** What Pulumi sends for a value that is not known yet, during a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The key under which a wire object says that it is an asset or an archive. */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
/** Signature of an archive. */
export const ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Signature of a secret; the engine sends those as such to a provider that it configures. */
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Reads a wire message; a missing one is empty. Properties that are null are left out. */
export function fromStruct(struct: Struct | undefined): Values {
  if (!struct) return {};
  const values = struct.toJavaScript() as Values;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** The values with what is secret among them bare. */
export function withoutSecrets(values: Values): Values {
  return bare(values) as Values;
}

function bare(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => bare(item) ?? null);
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) return bare(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bare(item)]));
}

/** Writes a wire message; undefined values are left out at every depth. */
export function toStruct(values: Values): Struct {
  return Struct.fromJavaScript(withoutUndefined(values) as Record<string, JavaScriptValue>);
}

/** Whether a value, or anything within it, is not known yet. */
export function hasUnknown(value: Json | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Whether a value is a JSON object. */
export function isObject(value: Json | undefined): value is { [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutUndefined(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [[key, withoutUndefined(item)] as const],
  );
  return Object.fromEntries(entries);
}
