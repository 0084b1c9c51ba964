/** Whether a file, or a folder above it, begins with a dot; `.gitattributes`, which the Hub itself writes, does not count. */
export function isHidden(path: string): boolean {
  return path !== ".gitattributes" && path.split("/").some((part) => part.startsWith("."));
}
