import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { type Answer, cut, lengthOf, piecesOf, refused } from "./answer.js";
import { type Exchange, Refused } from "./exchange.js";
import type { PlacedFault, Trouble } from "./faults.js";
import { OBJECT_ROUTES, type Route } from "./routes/routes.js";
import type { HubState, LoggedRequest, User } from "./state.js";

/** Takes one request through its troubles and its handler to an answer, and logs it. */
export async function serve(
  hub: HubState,
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://hub");
  const inside = url.pathname.startsWith(hub.prefix) ? url.pathname.slice(hub.prefix.length) : undefined;
  const path = routes === OBJECT_ROUTES ? url.pathname : (inside ?? "");
  const { method = "GET" } = request;
  const route = routes.find(({ methods, pattern }) => methods.includes(method) && pattern.test(path));
  const operation = route?.operation ?? "unknown";
  const placed = hub.faults.meet(operation, method, path);
  const credentials = credentialsOf(hub, request);
  const entry = logged(
    hub,
    request,
    { operation, method, path: path + url.search },
    placed,
    credentials.user,
  );
  if (await stopped(placed, response, "before")) return;
  const body = await bodyOf(request);
  entry.bytesIn = body.length;
  if (hub.latency > 0) await setTimeout(hub.latency);
  url.pathname = path;
  const exchange = { hub, request, url, user: credentials.user, trouble: placed?.fault.trouble, body };
  const answer =
    statusOf(placed) ?? refusedCredentials(routes, credentials) ?? answerOf(route, path, exchange);
  if (await stopped(placed, response, "after")) return;
  await send(request, response, answer, placed, entry);
}

interface Credentials {
  readonly given: boolean;
  readonly user: User | undefined;
}

function credentialsOf({ users }: HubState, { headers }: IncomingMessage): Credentials {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  return {
    given: headers.authorization !== undefined,
    user: token === undefined ? undefined : users.get(token),
  };
}

function refusedCredentials(routes: readonly Route[], { given, user }: Credentials): Answer | undefined {
  if (routes === OBJECT_ROUTES && given) return refused(400, "Only one auth mechanism allowed");
  if (given && user === undefined) return refused(401, "Invalid credentials in Authorization header");
  return undefined;
}

function answerOf(route: Route | undefined, path: string, exchange: Omit<Exchange, "params">): Answer {
  if (route === undefined) return refused(404, `no endpoint at ${path}`);
  const groups = route.pattern.exec(path)?.groups ?? {};
  const params = Object.fromEntries(
    Object.entries(groups).map(([name, part]) => [name, decodeURIComponent(part)]),
  );
  try {
    return route.handle({ ...exchange, params });
  } catch (error) {
    if (error instanceof Refused) return error.answer;
    throw error;
  }
}

function statusOf(placed: PlacedFault | undefined): Answer | undefined {
  const trouble = placed?.fault.trouble;
  if (trouble?.kind !== "status") return undefined;
  const plain = refused(trouble.status, trouble.body ?? `status ${trouble.status} on demand`);
  return { ...plain, headers: { ...plain.headers, ...trouble.headers } };
}

/** True when the connection is gone; waits where the request is to be held. */
async function stopped(
  placed: PlacedFault | undefined,
  response: ServerResponse,
  when: "before" | "after",
): Promise<boolean> {
  const trouble = placed?.fault.trouble;
  if (trouble?.kind === "hold" && trouble.when === when) await placed!.released;
  if (trouble?.kind === "reset" && trouble.when === when) response.socket?.resetAndDestroy();
  return response.destroyed || response.socket === null || response.socket.destroyed;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function logged(
  hub: HubState,
  { headers }: IncomingMessage,
  asked: Pick<LoggedRequest, "operation" | "method" | "path">,
  placed: PlacedFault | undefined,
  user: User | undefined,
): LoggedRequest {
  const entry: LoggedRequest = {
    ...asked,
    range: headers.range,
    authorized: headers.authorization !== undefined,
    user: user?.name,
    trouble: placed?.fault.trouble.kind,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
  hub.log.push(entry);
  return entry;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  placed: PlacedFault | undefined,
  entry: LoggedRequest,
): Promise<void> {
  const trouble = placed?.fault.trouble;
  const whole = lengthOf(answer.body);
  const body = trouble?.kind === "short-body" ? cut(answer.body, Math.floor(whole / 2)) : answer.body;
  entry.status = answer.status;
  response.writeHead(answer.status, { "content-length": lengthOf(body), ...answer.headers });
  if (request.method !== "HEAD") await sendBody(response, body, trouble, entry);
  if (trouble?.kind === "stall") await placed!.released;
  response.end();
}

async function sendBody(
  response: ServerResponse,
  body: Answer["body"],
  trouble: Trouble | undefined,
  entry: LoggedRequest,
): Promise<void> {
  const half = trouble?.kind === "stall" || (trouble?.kind === "reset" && trouble.when === "midway");
  const sent = half ? cut(body, Math.floor(lengthOf(body) / 2)) : body;
  for (const piece of piecesOf(sent, trouble?.kind === "drip" ? trouble.bytes : undefined)) {
    if (response.destroyed) return;
    const full = !response.write(piece);
    entry.bytesOut += piece.length;
    if (trouble?.kind === "drip") await setTimeout(trouble.everyMs);
    if (full) await drained(response);
  }
  if (trouble?.kind === "reset") setImmediate(() => response.socket?.resetAndDestroy());
  if (trouble?.kind === "reset") await closed(response);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve).once("close", resolve);
  });
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => void (response.destroyed ? resolve() : response.once("close", resolve)));
}
