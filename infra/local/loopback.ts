import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Nothing here asks for a password, so nobody else on the network may reach it. By number: a name may mean `::1` first. */
export const loopback = "127.0.0.1";

/** Makes the server listen on loopback, on a free port unless one is given; answers the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  // A burst of connections waits in the kernel instead of being refused; Node's own 511 are too few for a thousand at once.
  server.listen({ port, host: loopback, backlog: 4096 });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
