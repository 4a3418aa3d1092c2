/** Whether something listens on a port of this machine. */
import { errorCode } from "../lib/files.ts";

/** Takes the port on loopback for a moment, which nobody notices; null when that is not possible for another reason. */
export async function portIsFree(port: number): Promise<boolean | null> {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(errorCode(error) === "EADDRINUSE" ? false : null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
