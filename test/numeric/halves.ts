/** Every float16 and every bfloat16 as float32, by code; built with arithmetic alone. */
export const EVERY_HALF: Record<"float16" | "bfloat16", Float32Array> = {
  float16: Float32Array.from({ length: 65_536 }, (_, code) => value(code, 5, 10)),
  bfloat16: Float32Array.from({ length: 65_536 }, (_, code) => value(code, 8, 7)),
};

function value(code: number, exponentBits: number, mantissaBits: number): number {
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code & 0x7fff) >> mantissaBits;
  const fraction = (code & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}
