/** Program text of the built-in text: what checkpoints for code see most. */
export const CODE = String.raw`def merge_intervals(intervals):
    """Join intervals that touch or overlap; the result is sorted."""
    merged = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    return [tuple(pair) for pair in merged]


class LruCache:
    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be positive, not {capacity}")
        self.capacity = capacity
        self._entries: dict[str, bytes] = {}
        self.hits = self.misses = 0

    def get(self, key: str) -> bytes | None:
        try:
            value = self._entries.pop(key)
        except KeyError:
            self.misses += 1
            return None
        self.hits += 1
        self._entries[key] = value  # dictionaries keep the order of insertion
        return value

    def put(self, key: str, value: bytes) -> None:
        self._entries.pop(key, None)
        while len(self._entries) >= self.capacity:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
        self._entries[key] = value


#include <stdint.h>
#include <stddef.h>

/* Bytes of a varint: seven bits each, the least significant group first. */
size_t put_varint(uint8_t *out, uint64_t value) {
    size_t n = 0;
    while (value >= 0x80) {
        out[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[n++] = (uint8_t)value;
    return n;
}

int get_varint(const uint8_t *in, size_t size, uint64_t *value) {
    uint64_t result = 0;
    for (size_t i = 0; i < size && i < 10; ++i) {
        result |= (uint64_t)(in[i] & 0x7f) << (7 * i);
        if (!(in[i] & 0x80)) {
            *value = result;
            return (int)(i + 1);
        }
    }
    return -1; /* truncated, or longer than 64 bits */
}


export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield part.endsWith("\r") ? part.slice(0, -1) : part;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

const debounce = <A extends unknown[]>(run: (...args: A) => void, ms: number) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...args: A) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), ms);
  };
};


SELECT c.name, COUNT(o.id) AS orders, ROUND(SUM(o.cents) / 100.0, 2) AS total
FROM customers AS c
LEFT JOIN orders AS o ON o.customer_id = c.id AND o.placed_at >= DATE '2024-01-01'
WHERE c.country IN ('NL', 'BE', 'LU')
GROUP BY c.id, c.name
HAVING COUNT(o.id) = 0 OR SUM(o.cents) > 250000
ORDER BY total DESC NULLS LAST
LIMIT 20;


fn longest_run(bits: &[bool]) -> usize {
    let (mut best, mut run) = (0, 0);
    for &bit in bits {
        run = if bit { run + 1 } else { 0 };
        best = best.max(run);
    }
    best
}

#[test]
fn counts_runs() {
    assert_eq!(longest_run(&[]), 0);
    assert_eq!(longest_run(&[true, true, false, true]), 2);
}


{
  "name": "weather-station",
  "interval_seconds": 300,
  "sensors": [
    {"id": "t1", "kind": "temperature", "unit": "celsius", "offset": -0.4},
    {"id": "h1", "kind": "humidity", "unit": "percent", "offset": 0},
    {"id": "p1", "kind": "pressure", "unit": "hPa", "offset": 1.25}
  ],
  "upload": {"url": "https://example.org/v2/readings", "retries": 5, "gzip": true}
}

$ tar -czf backup-$(date +%F).tar.gz --exclude='*.tmp' notes/ && sha256sum backup-*.tar.gz | tail -n 1
$ grep -rn --include='*.conf' 'listen *80' /etc/nginx | awk -F: '{print $1 ":" $2}' | sort -u

Traceback (most recent call last):
  File "station.py", line 88, in <module>
    main(sys.argv[1:])
  File "station.py", line 61, in main
    reading = sensor.read(timeout=2.0)
  File "station.py", line 24, in read
    raise TimeoutError(f"{self.id}: no answer within {timeout} s")
TimeoutError: h1: no answer within 2.0 s
`;
