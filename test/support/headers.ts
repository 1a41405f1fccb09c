/** What the clients of the SDK have in common, as far as headers go. */
interface AnyClient {
  middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<never>) => (args: never) => Promise<never>,
      options: { step: "build" },
    ): void;
  };
}

/** Lets every request of a client carry a header. */
export function addHeader(client: unknown, name: string, value: string): void {
  (client as AnyClient).middlewareStack.add(
    (next) => (args) => {
      (args as { request: { headers: Record<string, string> } }).request.headers[name] = value;
      return next(args);
    },
    { step: "build" },
  );
}
