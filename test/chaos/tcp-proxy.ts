import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { LOOPBACK } from "../support/loopback.ts";

/** Stands between a client and a server, and can make the server unreachable. */
export interface TcpProxy {
  readonly port: number;
  /** From now on connections are refused; those that there are have been cut. */
  refuse(): Promise<void>;
  /** From now on requests arrive and are worked, and their answers are lost. */
  mute(): void;
  /** How many pieces of answers were lost so far. */
  lostAnswers(): number;
  /** From now on all is well; what is still connected has been cut, so that a lost answer stays lost. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** A proxy to a port of loopback. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let muted = false;
  let lostAnswers = 0;
  const server = createServer((client) => {
    const upstream = connect(target, LOOPBACK);
    const pair = [client, upstream] as const;
    for (const socket of pair) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        // Not `destroy`: its last words may still be on their way.
        for (const other of pair) other.end();
      });
    }
    client.pipe(upstream);
    upstream.on("data", (bytes) => {
      if (muted) lostAnswers++;
      else client.write(bytes);
    });
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const port = await listenBelowEphemeral(server);

  return {
    port,
    async refuse() {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
    mute() {
      muted = true;
    },
    lostAnswers: () => lostAnswers,
    async heal() {
      muted = false;
      cut();
      if (!server.listening) await once(server.listen(port, LOOPBACK), "listening");
    },
    async stop() {
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      cut();
      await closed;
    },
  };
}

/** A port that is listened on again must not become somebody's outgoing one meanwhile: Linux takes those from 32768 on. */
async function listenBelowEphemeral(server: ReturnType<typeof createServer>): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const listening = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, LOOPBACK, () => resolve(true));
    });
    server.removeAllListeners("error");
    if (listening) return port;
  }
}
