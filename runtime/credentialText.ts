/*
 * What services and proxies answer may repeat what they were sent: a service that refuses a signature writes down the headers that it
 * expected, the session's token among them. Messages go into manifest, log, mail and terminal, so credentials are taken out of them first.
 */

const REMOVED = "(removed)";

/** What a value is: quoted, or up to what ends one. */
const VALUE = `\\\\?"[^"]*"|'[^'\\n]*'|[^\\s,;&<"'\\\\]+`;

/** Names of headers and members that stand before a credential whatever joins the two, be it a colon. */
const HEADERS =
  "x-amz-security-token|x-amz-signature|x-amz-credential|(?:aws_?)?secret_?access_?key|(?:aws_?)?session_?token";
const AFTER_HEADER = new RegExp(`\\b(${HEADERS})([\\\\"']*\\s*[:=>]\\s*)(?:${VALUE})`, "gi");

/** Names that sentences have too, before a colon: only in forms, JSON, XML and environments a credential follows. */
const WORDS =
  "(?:aws_?)?access_?key_?id|external_?id|pulumi_config_passphrase|pulumi_access_token|credential|signature";
const AFTER_WORD = new RegExp(`\\b(${WORDS})(=|\\\\*["']\\s*[:=]\\s*|>)(?:${VALUE})`, "gi");

/** The value of the header Authorization, as AWS has it wherever it stands, and as others have it. */
const SIGNED = /AWS4-[A-Z0-9-]+\s+Credential=[^"'\n<]*?Signature=[0-9a-f]+/g;
const BEARER = /\b(authorization[\\"']*\s*[:=]\s*[\\"']*(?:bearer|basic|token)\s+)[^\s,"'\\]+/gi;

/** Session tokens as AWS begins them, and ids of access keys. */
const TOKEN = /\b(?:IQoJ|FwoG|FQoG|AQoD)[\w+/=%-]{40,}/g;
const KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g;

/** A text with credentials taken out of it; everything else stays as it is. */
export function withoutCredentials(text: string): string {
  return text
    .replace(SIGNED, REMOVED)
    .replace(BEARER, `$1${REMOVED}`)
    .replace(AFTER_HEADER, `$1$2${REMOVED}`)
    .replace(AFTER_WORD, `$1$2${REMOVED}`)
    .replace(TOKEN, REMOVED)
    .replace(KEY_ID, REMOVED);
}
