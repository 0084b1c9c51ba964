/** The proxies that an environment names, for either kind of address. */
interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/**
 * The `fetch` for an environment: Node's own, or where a proxy is named, one that goes through it. HTTP_PROXY,
 * HTTPS_PROXY, ALL_PROXY and NO_PROXY count, in small letters first; what it needs is loaded only then.
 */
export async function fetchFor(env: NodeJS.ProcessEnv): Promise<typeof fetch> {
  if (!isProxied(env)) return fetch;
  const { EnvHttpProxyAgent, fetch: fetchThrough } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent(proxiesOf(env));
  const through = (url: string, init: Parameters<typeof fetchThrough>[1]) =>
    fetchThrough(url, { ...init, dispatcher });
  // The types of undici are those of a younger Node; what is asked of a Response here is the same in both.
  return through as unknown as typeof fetch;
}

/** True where requests go through a proxy. */
export function isProxied(env: NodeJS.ProcessEnv): boolean {
  const { httpProxy, httpsProxy } = proxiesOf(env);
  return httpProxy !== "" || httpsProxy !== "";
}

function proxiesOf(env: NodeJS.ProcessEnv): Proxies {
  const all = env["all_proxy"] || env["ALL_PROXY"] || "";
  return {
    httpProxy: env["http_proxy"] || env["HTTP_PROXY"] || all,
    httpsProxy: env["https_proxy"] || env["HTTPS_PROXY"] || all,
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
  };
}
