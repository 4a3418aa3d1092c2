/** Who is told of an error that nothing has caught. */

/** What the second argument is differs by event, and nobody here asks for it. */
type Listener = (error: unknown) => void;
const EVENTS = ["uncaughtException", "unhandledRejection"] as const;

/** Those who listen at this moment, with what takes them off again. */
function listeners(): { listener: Listener; on: () => void; off: () => void }[] {
  // The type is that of listeners of any event.
  return EVENTS.flatMap((event) =>
    (process.rawListeners(event) as unknown as Listener[]).map((listener) => ({
      listener,
      on: () => process.on(event, listener),
      off: () => process.off(event, listener),
    })),
  );
}

/**
 * From here on `listener` alone is told, until the function that this returns is called: then those who were told before
 * are again. At no moment is nobody told, as the runtime would then quote whatever it finds, secrets included.
 */
export function onCrash(listener: Listener): () => void {
  const before = listeners();
  for (const event of EVENTS) process.on(event, listener);
  for (const { off } of before) off();
  return () => {
    for (const { on } of before) on();
    for (const event of EVENTS) process.off(event, listener);
  };
}

/** Does what a library does that listens for crashes by itself, and takes its listeners off: who was told before is told still. */
export function withoutNewListeners<T>(act: () => T): T {
  const before = new Set(listeners().map(({ listener }) => listener));
  const value = act();
  for (const { listener, off } of listeners()) if (!before.has(listener)) off();
  return value;
}
