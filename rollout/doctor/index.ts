import { ACCOUNT_CHECKS } from "./accounts";
import { BACKEND_CHECKS } from "./backend";
import { BOUNDARY_CHECK } from "./boundary";
import type { Check } from "./check";
import type { DoctorFacts } from "./facts";
import { MACHINE_CHECKS } from "./machine";
import { NAME_CHECKS } from "./names";
import { OBJECT_LOCK_CHECK } from "./objectLock";
import { ORGANIZATION_CHECKS } from "./organization";
import { OWN_RESOURCE_CHECKS } from "./ownResources";
import { POLICY_CHECKS } from "./policies";
import { QUOTA_CHECKS } from "./quotas";
import { REGION_CHECKS } from "./regions";

/** Everything that is looked at before a deployment, in the order in which it is told. */
export const CHECKS: readonly Check<DoctorFacts>[] = [
  ...MACHINE_CHECKS,
  ...BACKEND_CHECKS,
  ...ACCOUNT_CHECKS,
  ...ORGANIZATION_CHECKS,
  ...REGION_CHECKS,
  ...POLICY_CHECKS,
  BOUNDARY_CHECK,
  ...NAME_CHECKS,
  ...OWN_RESOURCE_CHECKS,
  OBJECT_LOCK_CHECK,
  ...QUOTA_CHECKS,
];
