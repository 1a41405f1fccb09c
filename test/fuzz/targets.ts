import { PARSERS } from "./parsers";
import { RENDERERS } from "./renderers";
import { SERVICES } from "./services";
import type { FuzzTarget } from "./target";

/** Everything that is fuzzed. */
export const TARGETS: readonly FuzzTarget[] = [...PARSERS, ...RENDERERS, ...SERVICES];
