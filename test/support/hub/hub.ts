import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Fault, Operation, PlacedFault } from "./faults.js";
import { HUB_ROUTES, OBJECT_ROUTES, type Route } from "./routes/routes.js";
import { serve } from "./serve.js";
import { type HubSettings, HubState, type LoggedRequest } from "./state.js";

export { bytesContent, sparseContent } from "./content.js";
export type { Fault, Operation } from "./faults.js";
export type { Repository } from "./repository.js";
export { type LoggedRequest, TOKENS } from "./state.js";

/** A Hub on this machine, for tests: repositories, requests, and what goes wrong with them. */
export interface FakeHub {
  /** For HF_ENDPOINT: the origin, with the prefix. */
  readonly endpoint: string;
  /** Where large objects lie: another origin. */
  readonly objectOrigin: string;
  readonly state: HubState;
  readonly add: HubState["add"];
  /** What was asked, in the order it came in. */
  requests(operation?: Operation): LoggedRequest[];
  /** Forgets what was asked. */
  forget(): void;
  fault(fault: Fault): PlacedFault;
  clearFaults(): void;
  close(): Promise<void>;
}

/** Starts a Hub with two origins on the loopback interface; close it when the test ends. */
export async function startHub(settings: HubSettings = {}): Promise<FakeHub> {
  const state = new HubState(settings);
  const hub = await listen(state, HUB_ROUTES, "127.0.0.1");
  // Another name, not only another port: clients that compare hosts must see a difference too.
  const objects = await listen(state, OBJECT_ROUTES, "localhost");
  state.origin = originOf(hub, "127.0.0.1");
  state.objectOrigin = originOf(objects, "localhost");
  return {
    endpoint: state.origin + state.prefix,
    objectOrigin: state.objectOrigin,
    state,
    add: (id, repository) => state.add(id, repository),
    requests: (operation) =>
      state.log.filter((entry) => operation === undefined || entry.operation === operation),
    forget: () => void state.log.splice(0),
    fault: (fault) => state.faults.place(fault),
    clearFaults: () => state.faults.clear(),
    close: async () => {
      state.faults.clear();
      await Promise.all([hub, objects].map(closed));
    },
  };
}

async function listen(state: HubState, routes: readonly Route[], host: string): Promise<Server> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    serve(state, routes, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

function originOf(server: Server, host: string): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
