/** Creates a value when it is first asked for, and once; a failure is tried again the next time. */
export function onceReady<Value>(create: () => Promise<Value>): () => Promise<Value> {
  let ready: Promise<Value> | undefined;
  return () => {
    ready ??= create().catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  };
}
