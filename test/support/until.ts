import { setTimeout as pause } from "node:timers/promises";

/** Asks again until there is an answer; the test's own time ends it. */
export async function until<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(50);
  }
}
