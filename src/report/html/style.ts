/** The style sheet of a report: light and dark, on paper and on a phone. No font and no image is fetched. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#5a6675;--line:#dfe4ea;--grid:#e8ecf1;
--good:#137a4b;--good-bg:#e3f4ea;--warn:#8a5a00;--warn-bg:#fdf1d8;--bad:#b3261e;--bad-bg:#fce8e6;--plain:#3d4a5a;--plain-bg:#edf0f4;
--s0:#2563c9;--s1:#c9600c;--s2:#0f8a6a;--s3:#8747c4;
--h0:#e6eef9;--h1:#c5d8f1;--h2:#9dbde6;--h3:#719fd9;--h4:#477fc7;--h5:#265ea9;--h6:#123f7d}
@media (prefers-color-scheme:dark){:root{--paper:#10151b;--card:#182029;--ink:#e7ecf2;--soft:#9aa7b6;--line:#2a3542;--grid:#243040;
--good:#5fd39a;--good-bg:#12301f;--warn:#f0b94d;--warn-bg:#352708;--bad:#ff8a80;--bad-bg:#3a1715;--plain:#b8c4d1;--plain-bg:#242e39;
--s0:#6ea8ff;--s1:#ff9d4d;--s2:#3fcfa8;--s3:#c093ff;
--h0:#1b2a3d;--h1:#20406a;--h2:#285890;--h3:#3573b7;--h4:#5190d6;--h5:#82b3ea;--h6:#c3dcf8}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1rem;font-weight:600;color:var(--soft);margin:0 0 .25rem}
.subject{font-size:1.6rem;line-height:1.25;font-weight:700;margin:0 0 1.1rem}
h2{font-size:1.15rem;margin:0 0 .6rem}
h3{font-size:.95rem;margin:1.6rem 0 .3rem}
p{margin:.3rem 0;max-width:75ch}
.soft{color:var(--soft)}
code,pre{font:.88em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.verdict{border-radius:12px;padding:1rem 1.25rem;border-left:6px solid currentColor}
.verdict strong{display:block;font-size:1.35rem;line-height:1.3}
.verdict p{color:var(--ink)}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.plain{color:var(--plain)}
.verdict.good,.badge.good{background:var(--good-bg)}.verdict.warn,.badge.warn{background:var(--warn-bg)}
.verdict.bad,.badge.bad{background:var(--bad-bg)}.verdict.plain,.badge.plain{background:var(--plain-bg)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.75rem;margin:1rem 0 0;padding:0}
.figures div,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
.figures div{padding:.7rem .9rem}
.figures dt{font-size:.82rem;color:var(--soft)}
.figures dd{margin:0;font-size:1.35rem;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.3}
.figures small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}
section{margin:1rem 0 0;padding:1.1rem 1.25rem 1.25rem}
.badge{display:inline-block;border-radius:6px;padding:.05rem .5rem;font-size:.84rem;font-weight:600;white-space:nowrap}
details{margin:.8rem 0 0}summary{cursor:pointer;font-size:.9rem;color:var(--soft)}
.dense circle{r:2.7px}.dense circle.halo{r:6px}.dense circle.circled,.dense circle.under{r:6.5px}.dense .square,.dense .frame{width:5.2px;height:5.2px;transform:translate(-2.6px,-2.6px)}
.scroll{overflow-x:auto;margin:.5rem -1.25rem 0;padding:0 1.25rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th{font-weight:600;text-align:left;color:var(--soft);font-size:.82rem;white-space:nowrap}
td,th{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr>:last-child{padding-right:0}tbody tr:last-child td{border-bottom:0}
.wide td,.right{white-space:nowrap}.right{text-align:right}
th.right,.wide th{white-space:normal;overflow-wrap:normal;vertical-align:bottom}
td.right+td:not(.right),th.right+th:not(.right){padding-left:1rem}
.stacked td:first-child{overflow-wrap:break-word}figure+p{margin-top:.8rem}
figure{margin:1.2rem 0 0}
figcaption{font-size:.9rem;font-weight:600}
.keys{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.2rem 0 .3rem;padding:0;list-style:none;font-size:.84rem;color:var(--soft)}
.keys svg{display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:.35rem}
.keys svg.line{width:22px}
.plot{display:grid;grid-template-columns:auto minmax(0,1fr)}
.plot svg{display:block;overflow:visible}
svg text{font-size:11.5px;fill:var(--soft);font-variant-numeric:tabular-nums}
.grid{stroke:var(--grid)}.base{stroke:var(--line)}
.s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}
.join{fill:none;stroke:var(--c);stroke-width:1.5;opacity:.5;vector-effect:non-scaling-stroke}
.disc,.square{fill:var(--c)}.ring,.frame{fill:var(--card);stroke:var(--c);stroke-width:1.8}
.halo{fill:none;stroke:var(--bad);stroke-width:1.8}.lost{stroke:var(--bad);stroke-width:2}
.limit{stroke-width:1.3;stroke-dasharray:5 4}.limit.warn,.band.warn{stroke:var(--warn)}.limit.bad{stroke:var(--bad)}.limit.plain{stroke:var(--soft)}
.band{stroke:none!important;opacity:.07}.band.bad{fill:var(--bad)}.band.warn{fill:var(--warn)}.band.plain{fill:none}
.h0{fill:var(--h0);background:var(--h0)}.h1{fill:var(--h1);background:var(--h1)}.h2{fill:var(--h2);background:var(--h2)}.h3{fill:var(--h3);background:var(--h3)}
.h4{fill:var(--h4);background:var(--h4)}.h5{fill:var(--h5);background:var(--h5)}.h6{fill:var(--h6);background:var(--h6)}
.fail{fill:var(--bad)}path.none{fill:none}
.map{shape-rendering:crispEdges}.tip{width:1px;fill:transparent;stroke:var(--card);stroke-width:1}.tip,.band-line{vector-effect:non-scaling-stroke}
.circled{fill:none;stroke:var(--ink);stroke-width:1.8}.dot{fill:var(--card);stroke:var(--ink);stroke-width:1.4}.under{fill:none;stroke:var(--card);stroke-width:4.5}
.dense .tip{stroke:none}.dense .dot{r:2px;stroke-width:1}
.tip:hover{stroke:var(--ink)}.band-line{stroke:var(--card);stroke-width:2.5}svg .number{font-weight:700;fill:var(--ink)}
.ramp{display:inline-flex;flex-wrap:wrap;align-items:center;vertical-align:-1px;margin:0 .45rem}.ramp:first-child{margin-left:0}
.ramp i{width:18px;height:11px}.ramp b{font-weight:400;margin:0 .3rem}
.worst{margin:.5rem 0 0;padding:0 0 0 1.6em;font-size:.9rem;columns:2;column-gap:2rem;font-variant-numeric:tabular-nums}
.worst li{break-inside:avoid;padding:.1rem 0}.worst li::marker{font-weight:700}
.notes{list-style:none;margin:.3rem 0 0;padding:0}
.notes li{padding:.55rem 0;border-bottom:1px solid var(--line)}.notes li:last-child{border-bottom:0;padding-bottom:0}
.notes p{margin:.2rem 0 0}
.command{background:var(--plain-bg);border-radius:8px;padding:.6rem .8rem;margin:.3rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:640px){
main{padding:1.1rem .75rem 2rem}
.subject{font-size:1.25rem}
section{padding:.9rem .9rem 1rem}
.scroll{margin:.5rem -.9rem 0;padding:0 .9rem}
.worst{columns:1}
.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem}
.figures dd{font-size:1.15rem}
.stacked thead{display:none}
.stacked,.stacked tbody{display:block}
.stacked tr{display:block;padding:.55rem 0;border-bottom:1px solid var(--line)}
.stacked tr:last-child{border-bottom:0}
.stacked td{display:block;border:0;padding:.1rem 0}
.stacked td:first-child{font-weight:650}
.stacked .right{text-align:left}.stacked td.right+td:not(.right){padding-left:0}}
@media print{
details::details-content{display:block;content-visibility:visible}
summary{display:none}
:root{--paper:#fff;--card:#fff}
body{font-size:10pt}
main{max-width:none;padding:0}
section,.figures div,.verdict,.command,.badge,.band,rect,.ramp i{-webkit-print-color-adjust:exact;print-color-adjust:exact}
figure,tr,li,.verdict,.figures div,.command{break-inside:avoid}
section{border:0;padding:.6rem 0}.figures{grid-template-columns:repeat(3,1fr)}
h2,h3,figcaption{break-after:avoid}
.scroll{overflow:visible}}
`;
