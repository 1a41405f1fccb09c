import { isStandalone } from "../../components/organization";
import { ok, type Check } from "./check";
import type { DoctorFacts } from "./facts";

/** A check of what only an organization has: nothing is asked where there is none by configuration. */
export function withOrganization(check: Check<DoctorFacts>): Check<DoctorFacts> {
  return {
    ...check,
    look: async (facts) => {
      // a configuration that cannot be read is for the check itself to name
      const config = await facts.config().catch(() => undefined);
      return config && isStandalone(config.management.settings.organizationId)
        ? ok("nothing to look at: organizationId is none")
        : check.look(facts);
    },
  };
}
