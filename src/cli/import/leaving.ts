/** An import is left with ctrl+c: what was read by then stays. */
export interface Leaving {
  signal: AbortSignal;
  leave: () => void;
  /** From now on signals are nobody's again. */
  over: () => void;
}

export function leavingBySignal(): Leaving {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, leave);
  return { signal: leaving.signal, leave, over: () => signals.forEach((signal) => void process.off(signal, leave)) };
}

/** False as soon as somebody leaves. */
export const pause = (ms: number, signal: AbortSignal | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const stop = (): void => resolve(false);
    signal?.addEventListener("abort", stop, { once: true });
    setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(true);
    }, ms);
  });
