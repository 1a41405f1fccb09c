/*
 * What services and proxies answer may repeat what they were sent: a service that refuses a signature writes down the headers that it
 * expected, the session's token among them. Messages go into manifest, log, mail and terminal, so credentials are taken out of them first.
 */

const REMOVED = "(removed)";

/** Names that a credential stands behind: in headers, addresses, forms, JSON, XML and environments. */
const NAMES = [
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-credential",
  "authorization",
  "(?:aws_?)?access_?key_?id",
  "(?:aws_?)?secret_?access_?key",
  "(?:aws_?)?session_?token",
  "external_?id",
  "pulumi_config_passphrase",
  "pulumi_access_token",
  "credential",
  "signature",
].join("|");

/** A name, what joins it with its value, and the value: quoted, or up to what ends one. */
const NAMED = new RegExp(`\\b(${NAMES})([\\\\"']*\\s*[:=>]\\s*)(\\\\?"[^"]*"|'[^'\\n]*'|[^\\s,;&<"'\\\\]+)`, "gi");

/** The value of the header Authorization as AWS has it, wherever it stands. */
const SIGNED = /AWS4-[A-Z0-9-]+\s+Credential=[^"'\n<]*?Signature=[0-9a-f]+/g;

/** Session tokens as AWS begins them, and ids of access keys. */
const TOKEN = /\b(?:IQoJ|FwoG|FQoG|AQoD)[\w+/=%-]{40,}/g;
const KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g;

/** A text with credentials taken out of it; everything else stays as it is. */
export function withoutCredentials(text: string): string {
  return text
    .replace(SIGNED, REMOVED)
    .replace(NAMED, (_, name: string, joint: string) => `${name}${joint}${REMOVED}`)
    .replace(TOKEN, REMOVED)
    .replace(KEY_ID, REMOVED);
}
