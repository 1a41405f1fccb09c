/**
 * Schedule expressions and time zones of EventBridge Scheduler.
 *
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

/** `rate(1 day)` or `cron(15 3 * * ? *)`. A single point in time, `at(…)`, is no schedule: evidence is collected again and again. */
export type ScheduleExpression = `rate(${string})` | `cron(${string})`;

interface CronField {
  name: string;
  min: number;
  max: number;
  /** Names that stand for numbers, the first for `min`. */
  names?: readonly string[];
  /** Further characters that the field allows, each alone or after a number. */
  special?: RegExp;
}

const CRON_FIELDS: readonly CronField[] = [
  { name: "minutes", min: 0, max: 59 },
  { name: "hours", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31, special: /^(\?|L|LW|\d{1,2}W)$/ },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  {
    name: "day of week",
    min: 1,
    max: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    special: /^(\?|L|[1-7]L|[1-7]#[1-5])$/,
  },
  { name: "year", min: 1970, max: 2199 },
];

/** What is wrong with a schedule expression, in words, or undefined if EventBridge Scheduler would take it. */
export function scheduleProblem(expression: string): string | undefined {
  const match = /^(rate|cron)\((.*)\)$/.exec(expression);
  if (!match) return "must be rate(…) or cron(…), as in rate(1 day) or cron(15 3 * * ? *)";
  const [, kind, body = ""] = match;
  return kind === "rate" ? rateProblem(body) : cronProblem(body);
}

/** Whether EventBridge Scheduler would take the text as a schedule expression. */
export function isScheduleExpression(text: string): text is ScheduleExpression {
  return scheduleProblem(text) === undefined;
}

/** What is wrong with the name of a time zone, in words, or undefined if it is one of the IANA database, as in Europe/Berlin. */
export function timeZoneProblem(zone: string): string | undefined {
  const unknown = `"${zone}" is no time zone of the IANA database: give a name as in Europe/Berlin, America/New_York or UTC`;
  // offsets are time zones to Intl, and none to EventBridge
  if (!/^[A-Z][\w+/-]{0,49}$/.test(zone)) return unknown;
  let known: string;
  try {
    known = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return unknown;
  }
  // Intl forgives the wrong case, EventBridge does not
  return known !== zone && known.toLowerCase() === zone.toLowerCase()
    ? `"${zone}" must be written ${known}`
    : undefined;
}

function rateProblem(body: string): string | undefined {
  const match = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(body);
  if (!match)
    return `rate(${body}) must be a positive whole number and minute(s), hour(s) or day(s), as in rate(12 hours)`;
  const plural = match[3] === "s";
  if ((match[1] === "1") === plural) {
    return `rate(${body}) must say ${match[1]} ${match[2]}${plural ? "" : "s"}: one is singular, more are plural`;
  }
  return undefined;
}

function cronProblem(body: string): string | undefined {
  const fields = body.trim().split(/\s+/);
  if (fields.length !== CRON_FIELDS.length) {
    return `cron(${body}) has ${fields.length} fields; EventBridge wants six: ${CRON_FIELDS.map((f) => f.name).join(", ")}`;
  }
  for (const [index, field] of CRON_FIELDS.entries()) {
    const text = fields[index] ?? "";
    if (!text.split(",").every((part) => cronPartHolds(part, field))) {
      return `cron(${body}): ${field.name} cannot be ${text}`;
    }
  }
  if ((fields[2] === "?") === (fields[4] === "?")) {
    return `cron(${body}): exactly one of day of month and day of week must be ?`;
  }
  return undefined;
}

function cronPartHolds(part: string, field: CronField): boolean {
  if (field.special?.test(part)) return true;
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0) return false;
  if (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0)) return false;
  if (range === "*") return true;
  const ends = range.split("-").map((text) => cronNumber(text, field));
  if (ends.length > 2 || ends.some((end) => end === undefined)) return false;
  const [from = 0, to = from] = ends as number[];
  return from <= to;
}

function cronNumber(text: string, field: CronField): number | undefined {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.min + named;
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  return number >= field.min && number <= field.max ? number : undefined;
}
