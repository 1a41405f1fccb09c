/** A value as Pulumi's wire format carries it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

/** Properties of one resource, or arguments and results of one invoke. */
export type Values = { [key: string]: Json | undefined };

/** Tags as Pulumi writes them. */
export type Tags = { [key: string]: string };
