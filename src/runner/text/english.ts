/** English prose of the built-in text: narration, instruction, dialogue, letters and figures. */
export const ENGLISH = `The harbour at low water

Twice a day the sea walks out of the harbour and leaves the boats leaning on their keels in the mud. Visitors find it sad,
as if something had been taken away. People who live here do not. They know that low water is when the real work is done:
hulls are scraped, chains are looked at link by link, and the children go out with buckets to see what the tide forgot.
Old Marten, who keeps the lock, says that a harbour that is always full is only a picture of a harbour.

On the last Thursday of March the ebb was so strong that the pilings of the first pier stood free, black and soft as
burnt bread. Nobody alive had seen them. The schoolteacher counted forty-one, wrote the number on her hand, and asked the
council whether anyone had a plan of the pier. Nobody had. "Then we draw one today," she said, "for the sea will not wait
until the archive opens." By four o'clock the whole upper class stood knee-deep in silt with tape measures and string.

What they drew was not what they had expected. The pier had not been straight. It bent to the north after the
seventeenth pile, and at the bend the posts were twice as thick. A sandbank, perhaps, or a quarrel about land; the pupils
wrote down both explanations, and added a third, that the carpenters had simply made a mistake and gone on. The plan now
hangs in the town hall. Under it somebody has written in pencil: Measured once, between two tides.

How to season an iron pan

Wash the pan with hot water and a little soap, and dry it at once; iron that waits, rusts. Rub it with a thin coat of
linseed or rapeseed oil, inside and out, handle too. Then wipe it as though you had made a mistake and wanted all of the
oil back. What remains is enough. Put the pan upside down into a cold oven, heat it to 230 degrees, keep it there for an
hour, and let it cool with the door closed. Repeat this three or four times. The surface turns from grey to bronze to a
dull black. If it feels sticky, there was too much oil: scrape nothing, only heat it again. Never leave water standing in
it, do not fear soap, and cook something fat in it first.

- Do you believe that clock?
- No. Nobody here does. It is nine minutes fast on weekdays and four on Sundays.
- Why would a clock be different on Sundays?
- Because on Sundays the heating in the church is on, and the pendulum hangs from a steel rod. Steel grows when it is warm.
  A longer pendulum is a slower one, so the clock gains less.
- Then why does nobody correct it?
- The man who used to do it wrote a table instead. You look up the month and the weekday, subtract, and you have the time
  to within half a minute. It is more exact than your watch.
- And if the table is lost?
- Then we would be as well off as everybody else.

Dear Ms. Okonjo,

thank you for your offer of 14 October. We have compared it with two others and would like to accept it, with these
changes: delivery in two parts, 60 units by 1 December and the remaining 140 by 15 January; payment within 30 days of each
delivery; and spare filters (article 7741-B) at the price of last year, that is £3.85 instead of £4.10. The drawings of the
bracket are attached. Please note that the holes are 6.5 mm wide, not 6 mm as in the first version. If this suits you, an
answer by Friday would let us reserve the hall.

Report of the night shift

22:05 Took over from the late shift. Pump 2 vibrates more than yesterday (4.1 mm/s, limit 4.5). Told maintenance.
23:40 Level in basin C falls by 2 cm an hour although the inlet is open. Valve 14 found half closed. Opened. Level steady.
01:15 Power dipped for about a second. Pumps 1 and 3 restarted by themselves, pump 2 did not; started it by hand.
03:30 Frost warning. Trace heating switched on. Outside temperature minus 3.2 degrees, falling.
05:50 Vibration of pump 2 down to 2.8 mm/s since the restart. Cause unknown. Recommend that the bearing be looked at anyway.

The argument about bridges

An arch stands because every stone is trying to fall. Take away the wish to fall, and nothing holds it together; this is
why a drawing of an arch teaches so little and a heap of wet sand between two bricks so much. A hanging bridge is the same
thought turned upside down: where the stones push, the cables pull, and the curve that a chain takes by itself is, mirrored,
the curve in which an arch is content. Engineers knew this long before they could prove it. They hung little weights from
a string, traced the string on paper, turned the paper over, and built. The proof, when it came, changed no bridge. It only
told them which of their habits had been knowledge and which had been luck.

There is a second lesson in it, and it is less comfortable. A structure that has stood for three hundred years has been
tested by three hundred winters, but only by those winters. It has never been asked to carry a column of lorries, or a
crowd that jumps in time with music, or a river that has been narrowed by a metre on each side. Past survival measures past
loads. Whoever says "it has always held" has said something about yesterday, and about yesterday he is right.

In the market

The woman with the cheeses gives everyone the same small piece to try, the hard one, two years old. Those who say nothing
get the soft one next. Those who praise it loudly get nothing more. After some weeks I understood: she is not selling cheese
to people who like cheese, since they buy it anyway; she is looking for those who have not yet noticed that they do.
At noon she packs up, counts the coins into paper rolls, and eats an apple. I asked her once how many kinds she has. "In
summer nine," she said, "in winter six. And one for me that I do not bring."
`;
