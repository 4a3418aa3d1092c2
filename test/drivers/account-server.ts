/** A service on loopback that knows some keys, and fails in the ways in which services and networks fail. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * `busy`: 429. `broken`: 500. `html`: a web page, as another program's port has. `redirect`: sends on to `redirectTo`.
 * `stall`: takes the question and says nothing. `cut`: ends in the middle of the answer. `drop`: ends before it.
 */
export type Fault = "busy" | "broken" | "html" | "redirect" | "stall" | "cut" | "drop";

export interface Asked {
  method: string;
  path: string;
  authorization: string | null;
  body: string;
}

export interface Answer {
  status: number;
  body: unknown;
}

const PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>It works!</body></html>";

export class AccountServer {
  /** How it answers from now on; null = well. */
  fault: Fault | null = null;
  /** For so many questions; then it is well again. */
  faults = Number.POSITIVE_INFINITY;
  /** Of `busy`. */
  busyHeaders: Record<string, string> = {};
  redirectTo = "";
  readonly asked: Asked[] = [];
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** `answer` is the service itself: what it says to a question that reaches it. */
  static async start(answer: (asked: Asked) => Answer): Promise<AccountServer> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const self = new AccountServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", async (request: IncomingMessage, response: ServerResponse) => {
      const asked = await read(request);
      self.asked.push(asked);
      self.#respond(response, answer(asked));
    });
    return self;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #respond(response: ServerResponse, { status, body }: Answer): void {
    const fault = this.faults-- > 0 ? this.fault : null;
    const text = JSON.stringify(body);
    const json = { "content-type": "application/json" };
    if (fault === "stall") return;
    if (fault === "drop") response.socket?.destroy();
    else if (fault === "busy") response.writeHead(429, this.busyHeaders).end(PAGE);
    else if (fault === "broken") response.writeHead(500, json).end('{"error":"internal"}');
    else if (fault === "html") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    else if (fault === "redirect") response.writeHead(302, { location: this.redirectTo }).end();
    else if (fault === "cut") cutOff(response, text);
    else response.writeHead(status, json).end(text);
  }
}

function cutOff(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": String(text.length) });
  response.write(text.slice(0, 5), () => response.socket?.destroy());
}

async function read(request: IncomingMessage): Promise<Asked> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const { method = "", url: path = "", headers } = request;
  return { method, path, authorization: headers.authorization ?? null, body };
}
