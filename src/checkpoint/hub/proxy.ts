/**
 * The `fetch` for an environment: Node's own, or where a proxy is named, one that goes through it. HTTP_PROXY,
 * HTTPS_PROXY, ALL_PROXY and NO_PROXY count, in small letters first.
 */
export async function fetchFor(env: NodeJS.ProcessEnv): Promise<typeof fetch> {
  const all = env["all_proxy"] || env["ALL_PROXY"];
  const httpProxy = env["http_proxy"] || env["HTTP_PROXY"] || all;
  const httpsProxy = env["https_proxy"] || env["HTTPS_PROXY"] || all;
  if (!httpProxy && !httpsProxy) return fetch;
  const { EnvHttpProxyAgent, fetch: fetchThrough } = await import("undici");
  const noProxy = env["no_proxy"] ?? env["NO_PROXY"] ?? "";
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: httpProxy ?? "",
    httpsProxy: httpsProxy ?? "",
    noProxy,
  });
  const through = (url: string, init?: Parameters<typeof fetchThrough>[1]) =>
    fetchThrough(url, { ...init, dispatcher });
  return through as unknown as typeof fetch;
}
