/** The tag that every resource of a stack bears; its value is the name of the stack. */
export const STACK_TAG = "iam-credential-reports:stack";

/** AWS takes fifty a resource, and one is the project's own. */
const MOST = 49;

/** What every service that these stacks use takes in keys and values. */
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * What AWS would refuse about the tags of a configuration, in words.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export function tagsProblem(tags: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(tags);
  if (entries.length > MOST)
    return `there are ${entries.length} of them, and AWS takes ${MOST} beside the project's own`;
  const problems = entries.flatMap(([key, value]) => entryProblem(key, value) ?? []);
  const folded = entries.map(([key]) => key.toLowerCase());
  const twice = entries.map(([key]) => key).filter((key) => folded.filter((f) => f === key.toLowerCase()).length > 1);
  if (twice.length > 0) problems.push(`${twice.join(", ")} differ in case only, which is one key for IAM`);
  return problems.length === 0 ? undefined : problems.join("; ");
}

function entryProblem(key: string, value: string): string | undefined {
  const name = JSON.stringify(key);
  const allowed = "letters, digits, spaces and _ . : / = + - @";
  if (key.length < 1 || key.length > 128) return `the key ${name} has ${key.length} characters, not 1 to 128`;
  if (value.length > 256) return `the value of ${name} has ${value.length} characters, not 256 at most`;
  if (/^aws:/i.test(key)) return `the key ${name} begins with aws:, which is reserved`;
  if (key.toLowerCase() === STACK_TAG) return `the key ${name} is the project's own`;
  if (!CHARACTERS.test(key)) return `the key ${name} has characters other than ${allowed}`;
  if (!CHARACTERS.test(value))
    return `the value ${JSON.stringify(value)} of ${name} has characters other than ${allowed}`;
  return undefined;
}
