import type { Json } from "../../document/json.js";
import type { Fields } from "./fields.js";
import type { Architecture, Switch } from "./row.js";

/**
 * Refuses a field that is switched on, sounds as if it changed the arithmetic, and is none that this architecture
 * computes with: a factor that is ignored in silence would make every figure a lie.
 */
export function refuseUnknownFields(row: Architecture, config: Fields): void {
  const known = new Set([...HARMLESS, ...computedWith(row)]);
  for (const [key, value] of config.object) {
    if (known.has(key) || !ARITHMETIC.test(key) || isOff(key, value)) continue;
    throw config.wrong(
      key,
      `nothing, null or false, since ${row.modelType} as it is known here has no such field,`,
      "Take the field out if it does not matter; else use --data synthetic, which needs no forward pass.",
    );
  }
}

const ARITHMETIC =
  /scal|multiplier|softcap|norm|bias|rope|rotary|theta|window|attn|attention|expert|moe|router|residual|clip|temperature|alibi|sink|activation|_act$|qk_|mup|layer_types|parallel|position_embedding/;

/** Read by every architecture, or without effect on inference. */
const HARMLESS: readonly string[] = [
  ...["num_attention_heads", "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters"],
  ...["partial_rotary_factor", "max_position_embeddings", "original_max_position_embeddings"],
  ...["attention_dropout", "output_attentions", "output_router_logits", "router_aux_loss_coef"],
  ...["router_jitter_noise", "_attn_implementation", "attn_implementation", "_attn_implementation_autoset"],
  ...["use_flash_attn", "use_flash_attention", "use_flash_attention_2"],
];

function computedWith(row: Architecture): string[] {
  const { biases, softcaps, experts, windowTheta } = row;
  const switches: Switch[] = [biases.input, biases.output, biases.feed, experts?.renormalised ?? false];
  return [
    ...switches.flatMap((rule) => (typeof rule === "boolean" ? [] : [rule.key])),
    ...(softcaps === undefined ? [] : [softcaps.attention, softcaps.logits]),
    ...(experts === undefined ? [] : [experts.count, experts.chosen, experts.width]),
    ...(windowTheta === undefined ? [] : [windowTheta.key]),
    ...[row.activationKey, row.scaleKey ?? "", ...(row.reads ?? [])],
  ];
}

/** A factor of one changes nothing. */
function isOff(key: string, value: Json): boolean {
  if (value === null || value === false || value === "") return true;
  if (value === 1) return /scal|multiplier/.test(key);
  return Array.isArray(value) && value.length === 0;
}
