import { homedir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { hubSettings, isTrue } from "../../../src/checkpoint/hub/env.js";
import { refusalOf } from "../refusals.js";

describe("what the environment says of the Hub", () => {
  it("is the public Hub, the cache below home and ten seconds of patience where it says nothing", () => {
    expect(hubSettings({})).toEqual({
      endpoint: "https://huggingface.co",
      cache: join(homedir(), ".cache/huggingface/hub"),
      tokenFile: join(homedir(), ".cache/huggingface/token"),
      token: expect.any(Function),
      implicitToken: true,
      offline: false,
      debug: false,
      stallAfter: 10_000,
    });
  });

  it.each([
    [{ HF_ENDPOINT: "https://mirror.example/" }, { endpoint: "https://mirror.example" }],
    [{ HF_ENDPOINT: "http://proxy:8080/hub/v1//" }, { endpoint: "http://proxy:8080/hub/v1" }],
    [{ HF_ENDPOINT: "" }, { endpoint: "https://huggingface.co" }],
    [{ HF_TOKEN_PATH: "~/t" }, { tokenFile: join(homedir(), "t") }],
    [{ HF_HOME: "/h" }, { tokenFile: "/h/token", cache: "/h/hub" }],
    [{ XDG_CACHE_HOME: "/x" }, { tokenFile: "/x/huggingface/token" }],
    [{ HF_HUB_OFFLINE: "1" }, { offline: true }],
    [{ TRANSFORMERS_OFFLINE: "yes" }, { offline: true }],
    [{ HF_HUB_OFFLINE: "0" }, { offline: false }],
    [{ HF_DEBUG: "on" }, { debug: true }],
    [{ HF_HUB_DISABLE_IMPLICIT_TOKEN: "TRUE" }, { implicitToken: false }],
    [{ HF_HUB_DOWNLOAD_TIMEOUT: "2.5" }, { stallAfter: 2500 }],
    [{ HF_HUB_DOWNLOAD_TIMEOUT: "soon" }, { stallAfter: 10_000 }],
    [{ HF_HUB_DOWNLOAD_TIMEOUT: "-1" }, { stallAfter: 10_000 }],
  ])("reads %j", (env, settings) => {
    expect(hubSettings(env)).toMatchObject(settings);
  });

  it.each([
    [{ HF_TOKEN: "hf_a", HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_a"],
    [{ HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_b"],
    [{}, undefined],
  ])("hands out the token of %j, and does not show it", (env, token) => {
    const settings = hubSettings(env);
    expect(settings.token()).toBe(token);
    expect(inspect(settings, { depth: null, showHidden: true })).not.toContain("hf_");
  });

  it.each([
    "ftp://x",
    "huggingface.co",
    "https://me:secret@x",
    "https://x/?token=secret",
    "https://x/#secret",
  ])("refuses the address %s without repeating it", async (HF_ENDPOINT) => {
    const refusal = await refusalOf(async () => hubSettings({ HF_ENDPOINT }));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "bad-endpoint"]);
    expect(`${refusal.message} ${refusal.remedy}`).not.toContain("secret");
  });

  it.each([
    ["1", true],
    ["on", true],
    ["Yes", true],
    ["true", true],
    ["", false],
    ["0", false],
    ["2", false],
    [undefined, false],
  ])("takes %j for a switch as huggingface_hub does", (value, on) => {
    expect(isTrue(value)).toBe(on);
  });
});
