/** A queue between one writer and one reader: the writer never waits, the reader waits for the next item. */
export class Mailbox<T> implements AsyncIterable<T> {
  private items: T[] = [];
  private closed = false;
  private failure: { error: unknown } | undefined;
  private wake: () => void = () => undefined;

  push(item: T): void {
    this.items.push(item);
    this.wake();
  }

  /** Nothing more will come. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  /** Nothing more will come, because of `error`: the reader gets it at once, before what is still in the box. */
  fail(error: unknown): void {
    this.failure = { error };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const items = this.items;
      this.items = [];
      for (const item of items) {
        if (this.failure) throw this.failure.error;
        yield item;
      }
      if (this.failure) throw this.failure.error;
      if (this.items.length > 0) continue;
      if (this.closed) return;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
