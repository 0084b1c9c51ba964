import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { findToken, Token } from "../../../src/checkpoint/hub/auth.js";
import { hubSettings } from "../../../src/checkpoint/hub/env.js";
import { refusalOf } from "../refusals.js";
import { scratchFolder } from "../scratch.js";

const SECRET = "hf_verySecret0123456789";

describe("the token", () => {
  it("is the one given, then that of HF_TOKEN, then that of the file", async () => {
    const file = join(await scratchFolder(), "token");
    await writeFile(file, " hf_file\r\n");
    const found = async (env: NodeJS.ProcessEnv, given?: string) => {
      const token = await findToken(hubSettings({ HF_TOKEN_PATH: file, ...env }), given);
      return [token?.authorization(), token?.where];
    };
    expect(await found({ HF_TOKEN: "hf_env" }, "hf_given")).toEqual(["Bearer hf_given", "--token"]);
    expect(await found({ HF_TOKEN: "hf_env\n" })).toEqual(["Bearer hf_env", "HF_TOKEN"]);
    expect(await found({ HF_TOKEN: " \n" })).toEqual(["Bearer hf_file", file]);
    expect(await found({})).toEqual(["Bearer hf_file", file]);
    expect(await found({ HF_TOKEN_PATH: `${file}-not-there` })).toEqual([undefined, undefined]);
    expect(await found({ HF_TOKEN_PATH: `${file}/below` })).toEqual([undefined, undefined]);
  });

  it("is not sent unasked where HF_HUB_DISABLE_IMPLICIT_TOKEN says so", async () => {
    const settings = hubSettings({ HF_TOKEN: SECRET, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" });
    expect(await findToken(settings)).toBeUndefined();
    expect((await findToken(settings, "hf_given"))?.authorization()).toBe("Bearer hf_given");
  });

  it("is never shown by anything that prints", () => {
    const token = new Token(SECRET, "HF_TOKEN");
    const printed = [
      String(token),
      `${token}`,
      JSON.stringify({ token }),
      inspect({ token }, { depth: 9, showHidden: true }),
      token.redact(`Bearer ${SECRET} ${encodeURIComponent(SECRET)}`),
    ];
    expect(printed.join("\n")).not.toContain(SECRET);
    expect(printed.join("\n")).toContain("hf_***");
  });

  it.each(["hf_a b", "hf_\u{1F600}", "hf_a\tb", "hf_\0"])("%j is refused without its text", async (text) => {
    const refusal = await refusalOf(findToken(hubSettings({ HF_TOKEN: text })));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "bad-token"]);
    expect(`${refusal.message} ${refusal.remedy} ${refusal.stack}`).not.toContain(text);
    expect(refusal.message).toContain("HF_TOKEN");
  });

  it("is refused when it is empty after --token", async () => {
    expect((await refusalOf(findToken(hubSettings({ HF_TOKEN: "hf_env" }), " "))).code).toBe("bad-token");
  });

  it("names a token file that cannot be read", async () => {
    const folder = join(await scratchFolder(), "token");
    await mkdir(folder);
    const refusal = await refusalOf(findToken(hubSettings({ HF_TOKEN_PATH: folder })));
    expect([refusal.exit, refusal.subject.file]).toEqual(["environment", folder]);
  });
});
