/** Whether a text is of a pattern as policies have it: `*` stands for any text, `?` for one character. */
export function like(pattern: string, text: string, ignoreCase = false): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${expression}$`, ignoreCase ? "is" : "s").test(text);
}
