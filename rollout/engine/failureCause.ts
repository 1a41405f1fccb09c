import { CommandError, ConcurrentUpdateError } from "@pulumi/pulumi/automation";
import { messageOf } from "../errors";

/** Longest cause that is worth reading; the engine's log has the rest. */
const LONGEST = 4000;

/** Whether a diagnostic of the engine names a cause; those of the stack itself only say that something failed. */
export function isFailure(diagnostic: { severity: string; message: string; ephemeral?: boolean }): boolean {
  return (
    diagnostic.severity === "error" && !/^(update|preview|refresh|destroy) failed\s*$/.test(plain(diagnostic.message))
  );
}

/** The cause of a failed operation, in a few lines, where the engine's diagnostics name none. */
export function causeOf(error: unknown): string {
  if (error instanceof ConcurrentUpdateError) {
    return "another update of this stack is going on, or was killed before it could let go of the stack";
  }
  if (error instanceof Error && error.name === "AbortError") return "interrupted before it began";
  const message = messageIn(messageOf(error));
  if (!(error instanceof CommandError)) return message;
  const errors = message.split("\n").filter((line) => /error:/i.test(line));
  return errors.length > 0 ? errors.map((line) => line.trim()).join("\n") : message;
}

/** What a diagnostic says: without colours, stack traces, and what the engine says before it. */
export function messageIn(diagnostic: string): string {
  return withoutTrace(plain(diagnostic)).slice(0, LONGEST);
}

/** The engine's own colour marks look like `<{%reset%}>`. */
function plain(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}

function withoutTrace(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s+at .+(:\d+:\d+|<anonymous>)\)?$/.test(line))
    .join("\n")
    .replace(/^(error: )?(Running program .* failed with an unhandled exception:\s*)?/, "")
    .replace(/^(<ref \*\d+> )?(RunError|Error): /, "")
    .trim();
}
