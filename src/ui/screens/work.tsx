import { ProgressBar, Spinner } from "@inkjs/ui";
import { Box } from "ink";
import type { Progress } from "../../events.js";
import { escapeText } from "../../report/escape.js";
import { bytesText, countText, figureText } from "../../report/words.js";
import { bodyHeight, bodyWidth, type Looks } from "../looks.js";
import { Paragraph } from "../parts/paragraph.js";
import { Said } from "../parts/said.js";
import type { WorkScreen } from "../state/screen.js";
import { type Standing, standing } from "../state/watch.js";
import { padded, textWidth } from "../text-width.js";

/** Lines of the title, the bar and the notes. */
const AROUND = 9;

/** How far the work is: a bar, bytes or layers, rate, what remains, and the files one by one. */
export function Work({ looks, screen }: { looks: Looks; screen: WorkScreen }) {
  const { watch, stopping, title } = screen;
  const now = standing(watch);
  const phase = watch.progress.phase || "getting ready";
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said tone="strong">{escapeText(title)}</Said>
      <Box height={1} />
      {now.share === undefined ? (
        <Waiting still={looks.reader || looks.ascii} text={stopping ? "stopping" : escapeText(phase)} />
      ) : (
        <Box width={Math.min(64, bodyWidth(looks))} aria-hidden>
          <ProgressBar value={now.share * 100} />
        </Box>
      )}
      <Said tone="faint">
        {stopping
          ? "stopping; nothing is left behind"
          : looks.reader
            ? spoken(now, phase)
            : factsOf(now, phase)}
      </Said>
      <Box height={1} />
      {looks.reader ? null : <Files screen={screen} height={Math.max(2, bodyHeight(looks) - AROUND)} />}
      {lastTold(watch.progress).map((note) => (
        <Paragraph key={note} text={note} width={bodyWidth(looks)} tone="faint" />
      ))}
    </Box>
  );
}

/** A turning wheel says that something happens; it says nothing to a screen reader, and is no ASCII. */
function Waiting({ still, text }: { still: boolean; text: string }) {
  return still ? <Said>{text}</Said> : <Spinner label={text} />;
}

/** The latest warning and the latest note: why it waits, what it chose. */
function lastTold({ warnings, notes }: Progress): readonly string[] {
  return [...warnings.slice(-1).map(({ message }) => message), ...notes.slice(-1)];
}

function factsOf({ share, bytes, bytesPerSecond, layers, secondsLeft }: Standing, phase: string): string {
  if (share === undefined) return " ";
  const facts = [
    `${Math.floor(share * 100)} %`,
    bytes === 0 ? escapeText(phase) : `${bytesText(bytes)} of ${bytesText(Math.round(bytes / share))}`,
    bytesPerSecond === undefined ? undefined : `${bytesText(Math.round(bytesPerSecond))}/s`,
    layers === undefined ? undefined : paceText(layers),
    secondsLeft === undefined ? undefined : `${durationText(secondsLeft)} left`,
  ];
  return facts.filter((fact) => fact !== undefined).join("   ");
}

/** Only tenths are spoken: every change would be read out. */
function spoken({ share }: Standing, phase: string): string {
  return share === undefined ? "" : `${Math.floor(share * 10) * 10} percent, ${escapeText(phase)}`;
}

/** `2.5 layers/s`, and for slower ones `12 s a layer`. */
function paceText({ perSecond }: { perSecond: number }): string {
  return perSecond >= 1 ? `${figureText(perSecond)} layers/s` : `${durationText(1 / perSecond)} a layer`;
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? `${Math.ceil(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`;
}

/** The last files that were named; what is finished has a mark. */
function Files({ screen: { watch }, height }: { screen: WorkScreen; height: number }) {
  const files = [...watch.files];
  const shown = files.slice(-height);
  const label = Math.min(LONGEST, Math.max(0, ...shown.map(([path]) => textWidth(escapeText(path)))));
  return (
    <Box flexDirection="column">
      {files.length > shown.length ? (
        <Said tone="faint">{`  ${countText(files.length - shown.length, "file")} before`}</Said>
      ) : null}
      {shown.map(([path, file]) => (
        <Said key={path} tone={file.bytes >= file.total ? "faint" : undefined}>
          {`${file.bytes >= file.total ? "✓" : "▸"} ${padded(escapeText(path), label)}   ${amountText(file)}`}
        </Said>
      ))}
    </Box>
  );
}

const LONGEST = 48;

function amountText({ bytes, total }: { bytes: number; total: number }): string {
  if (bytes >= total) return bytesText(total);
  return `${bytesText(bytes)} of ${bytesText(total)}   ${Math.floor((100 * bytes) / total)} %`;
}
