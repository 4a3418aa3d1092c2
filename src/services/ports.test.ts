import { expect, test } from "bun:test";
import { type AddressInfo, createServer, type Server } from "node:net";
import { portIsFree } from "./ports.ts";

/** A server on a port that the system chooses. */
const listen = (host: string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, host, () => resolve(server));
  });
const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

for (const host of ["127.0.0.1", "0.0.0.0"]) {
  test(`a port is in use while something listens on ${host}, and free again afterwards`, async () => {
    const server = await listen(host);
    const port = portOf(server);
    expect(await portIsFree(port)).toBe(false);
    await close(server);
    expect(await portIsFree(port)).toBe(true);
  });
}

test("asking takes the port for a moment only", async () => {
  const server = await listen("127.0.0.1");
  const port = portOf(server);
  await close(server);
  expect([await portIsFree(port), await portIsFree(port)]).toEqual([true, true]);
});
