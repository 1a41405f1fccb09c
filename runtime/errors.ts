import { limited } from "../report/formats/findingText";
import type { CollectionStep } from "../report/manifest";
import { withoutCredentials } from "./credentialText";
import { remedyFor } from "./remedies";

/** A call that failed for good, after as many tries as made sense. */
export class CallError extends Error {
  /** Set where another try could have helped and there was no time for it: milliseconds since 1970 at which time was over. */
  readonly cutShortAt: number | undefined;

  /**
   * @param code Error name of the SDK for JavaScript, as in `AccessDenied`.
   * @param message The message of AWS.
   * @param attempts Tries of the call, at least 1.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly attempts: number,
    options?: ErrorOptions & { cutShortAt?: number },
  ) {
    super(message, options);
    this.name = "CallError";
    this.cutShortAt = options?.cutShortAt;
  }
}

/** Why one account is not in the run. */
export class CollectionError extends Error {
  /** What to do next, in words. */
  readonly remedy: string;

  constructor(
    readonly step: CollectionStep,
    readonly code: string,
    message: string,
    readonly attempts: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CollectionError";
    this.remedy = remedyFor(step, code, message);
  }

  /** The same failure, with the step at which it happened. */
  static at(step: CollectionStep, error: unknown): CollectionError {
    if (error instanceof CollectionError) return error;
    if (error instanceof CallError) {
      return new CollectionError(step, error.code, error.message, error.attempts, { cause: error });
    }
    return new CollectionError(step, errorCode(error), errorMessage(error), 1, { cause: error });
  }
}

/** Why a whole run failed; the message holds the cause and the remedy. */
export class RunError extends Error {
  constructor(
    readonly code: string,
    what: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${what}. ${remedy}`, options);
    this.name = "RunError";
  }

  /** A run error whose cause is a failed call: `what` is completed by the code and message of AWS. */
  static because(what: string, remedy: string, error: unknown): RunError {
    if (error instanceof RunError) return error;
    const code = error instanceof CallError ? error.code : errorCode(error);
    return new RunError(code, `${what}: ${code}: ${errorMessage(error)}`.replace(/\.$/, ""), remedy, { cause: error });
  }
}

/**
 * The name under which an error is reported: the SDK's error name, or for errors of Node.js, which are all called
 * `Error`, their code, as in `ECONNRESET`.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "UnknownError";
  const code = (error as Error & { code?: unknown }).code;
  return codeOf(error.name === "Error" && typeof code === "string" ? code : error.name);
}

/** What may be the name of an error; a service or a proxy may send anything in its place. */
const CODE = /^[\w.:-]{1,100}$/;

function codeOf(name: unknown): string {
  return typeof name === "string" && CODE.test(name) ? name : "UnknownError";
}

/** Characters of a message that are kept: it goes into manifest, log, mail and terminal, and a service or a proxy may send any. */
const MESSAGE_CHARACTERS = 2000;

/** Characters of a message that are looked at for credentials. */
const LOOKED_AT = 10 * MESSAGE_CHARACTERS;

/** The message of anything that was thrown, without credentials that a service or a proxy repeated, cut where it is longer than messages are. */
export function errorMessage(error: unknown): string {
  const whole = (error instanceof Error ? error.message : String(error)).toWellFormed();
  if (whole === "") return "no message";
  const message = withoutCredentials(whole.slice(0, LOOKED_AT));
  return limited(whole.length > LOOKED_AT ? `${message}…` : message, MESSAGE_CHARACTERS);
}

/**
 * An error as it may leave the function. Lambda writes every property of what is thrown into the log, and the SDK gives its errors all that
 * a service answered: of S3 that is the request as it should have been signed, headers and all.
 */
export function toldError(error: unknown): Error {
  if (error instanceof RunError) return error;
  const told = new Error(errorMessage(error));
  told.name = errorCode(error);
  if (error instanceof Error && error.stack !== undefined) told.stack = withoutCredentials(error.stack);
  return told;
}
