/**
 * Chance that is the same for the same seed and subject, whatever was asked before: so that what happens to an account does not
 * hang on the order in which requests arrive.
 *
 * @returns At least 0 and below 1.
 */
export function chance(seed: number, ...subject: (string | number)[]): number {
  // FNV-1a, then the final mix of MurmurHash3, without which similar subjects give similar numbers.
  let hash = 0x811c9dc5 ^ seed;
  for (const part of subject) {
    const text = `${part}/`;
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A number of the standard normal distribution, by the method of Box and Muller. */
export function normal(seed: number, ...subject: (string | number)[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - chance(seed, ...subject, "radius")));
  return radius * Math.cos(2 * Math.PI * chance(seed, ...subject, "angle"));
}
