/** A resource as the state of a stack has it; what is not used here is kept as it is. */
export interface StateResource {
  urn: string;
  /** Type token, as in `aws:kms/key:Key`. */
  type: string;
  /** Made in AWS, not only a part of the program. */
  custom?: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  protect?: boolean;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
  deletedWith?: string;
  [more: string]: unknown;
}

/** The state of a stack, as `pulumi stack export` prints it. */
export interface StackState {
  version: number;
  deployment: { resources?: StateResource[]; [more: string]: unknown };
}

/** The resources of a state, none where nothing was ever deployed. */
export function resourcesOf(state: StackState | undefined): StateResource[] {
  return state?.deployment.resources ?? [];
}

/** Whether a resource belongs to a component of a type, directly or through others: the types are part of its URN. */
export function isWithin({ urn }: Pick<StateResource, "urn">, componentType: string): boolean {
  return (urn.split("::")[2] ?? "").split("$").slice(0, -1).includes(componentType);
}

/**
 * The state without some resources, which stay in AWS as they are and are nobody's any more. What referred to them forgets them: the next
 * deployment says anew what depends on what.
 */
export function without(state: StackState, urns: ReadonlySet<string>): StackState {
  const kept = (list: readonly string[]): string[] => list.filter((urn) => !urns.has(urn));
  const resources = resourcesOf(state)
    .filter(({ urn }) => !urns.has(urn))
    .map(({ dependencies, propertyDependencies, deletedWith, ...resource }): StateResource => ({
      ...resource,
      ...(dependencies && { dependencies: kept(dependencies) }),
      ...(propertyDependencies && {
        propertyDependencies: Object.fromEntries(
          Object.entries(propertyDependencies).map(([property, list]) => [property, kept(list)]),
        ),
      }),
      ...(deletedWith !== undefined && !urns.has(deletedWith) && { deletedWith }),
    }));
  return { ...state, deployment: { ...state.deployment, resources } };
}
