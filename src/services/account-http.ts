/** One small question to a service over HTTP: bounded in time, in tries, and in what is read of the answer. */

/** An answer of any status, or why there was none. */
export type Reply =
  | { kind: "answer"; status: number; headers: Headers; body: string }
  /** `why` follows "it could not be asked:". */
  | { kind: "silence"; why: string };

export interface AskLimits {
  /** For all tries together. */
  budgetMs: number;
  tries: number;
  /** Between tries; doubled each time. */
  pauseMs: number;
}

const LIMITS: AskLimits = { budgetMs: 10_000, tries: 3, pauseMs: 250 };
/** Enough for an account with hundreds of teams; an HTML page may be cut. */
const LARGEST_BODY_BYTES = 256 * 1024;

/**
 * Asks until there is an answer that another try would not change: a server's own failure (5xx) and silence are tried
 * again. Redirects are not followed: the headers hold a key, and it goes nowhere but to `url`.
 */
export async function ask(url: string, init: RequestInit, limits: Partial<AskLimits> = {}): Promise<Reply> {
  const { budgetMs, tries, pauseMs } = { ...LIMITS, ...limits };
  const signal = AbortSignal.timeout(budgetMs);
  for (let attempt = 1; ; attempt++) {
    const reply = await askOnce(url, init, signal, budgetMs);
    const final = reply.kind === "answer" ? reply.status < 500 : signal.aborted;
    if (final || attempt >= tries) return reply;
    await Bun.sleep(pauseMs * 2 ** (attempt - 1));
    if (signal.aborted) return reply;
  }
}

async function askOnce(url: string, init: RequestInit, signal: AbortSignal, budgetMs: number): Promise<Reply> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return { kind: "answer", status: response.status, headers: response.headers, body: await readBody(response) };
  } catch (error) {
    const why = signal.aborted ? `there was no answer within ${Math.round(budgetMs / 100) / 10} s` : reasonOf(error);
    return { kind: "silence", why };
  }
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) break;
  }
  return text;
}

const UNTRUSTED = "its certificate is not one that this machine trusts; name the authority with NODE_EXTRA_CA_CERTS";
const NO_HOST = "that host is not to be found, or there is no network";

/** By the codes of Bun's fetch and of its TLS library. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke off",
  ENOTFOUND: NO_HOST,
  EAI_AGAIN: NO_HOST,
  ENETUNREACH: "there is no network",
  EHOSTUNREACH: "there is no way to that host",
  EPROTO: "it does not speak TLS there: is the address http, or another port?",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message.replace(/[.\s]+$/, "") : String(error));
}

/**
 * Seconds until one may ask again, of an answer with status 429: W&B's RateLimit-Reset, Hugging Face's `t=` in RateLimit,
 * or Retry-After; null when it does not say.
 */
export function waitSeconds(headers: Headers): number | null {
  const listed = /(?:^|;)\s*t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  const given = headers.get("ratelimit-reset") ?? headers.get("retry-after") ?? listed;
  const seconds = given === undefined || given === null ? Number.NaN : Number(given);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null;
}
