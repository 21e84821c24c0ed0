import type { Text } from "@zhiwei/core/basics";
import { Facts } from "../ui/controls.tsx";
import { formatCount, formatDay, NO_VALUE } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { Ask } from "./ask.tsx";
import { Hash, Mark, Scroll } from "./small.tsx";
import { FRESHNESS, type Profile, SOURCES } from "./words.ts";

const T = {
  completeness: { zh: "数据完整度与新鲜度", en: "Completeness and freshness" },
  score: { zh: "完整度", en: "Completeness" },
  freshness: { zh: "新鲜度", en: "Freshness" },
  days: { zh: "天前", en: "days before the as-of day" },
  day: { zh: "天前", en: "day before the as-of day" },
  months: { zh: "有发票的月份", en: "Months with invoices" },
  of: { zh: "共", en: "of" },
  gaps: { zh: "空档", en: "Gaps" },
  noGaps: { zh: "无空档", en: "none" },
  monthsUnit: { zh: "个月", en: "months" },
  monthUnit: { zh: "个月", en: "month" },
  source: { zh: "来源", en: "Source" },
  rows: { zh: "行数", en: "Rows" },
  from: { zh: "最早", en: "First" },
  to: { zh: "最近", en: "Last" },
  absent: { zh: "没有", en: "absent" },
  used: { zh: "所用记录", en: "Records used" },
  file: { zh: "文件", en: "File" },
  kind: { zh: "种类", en: "Kind" },
  ownRows: { zh: "本企业行数", en: "Own rows" },
  allRows: { zh: "批次行数", en: "Rows of the batch" },
  fileHash: { zh: "原文件 SHA-256", en: "SHA-256 of the file" },
  hash: { zh: "接收后 SHA-256", en: "SHA-256 as kept" },
  catalogue: { zh: "指标目录", en: "Catalogue of features" },
  peers: { zh: "同业组", en: "Peer group" },
  trade: { zh: "全部交易", en: "All trade" },
  method: { zh: "方法版本", en: "Version of the method" },
  noBatches: { zh: "没有批次。", en: "No batches." },
  why: {
    zh: "同样的记录、目录和方法重算，得到逐字节相同的画像。",
    en: "The same records, catalogue and method give the same profile, byte for byte.",
  },
} satisfies Record<string, Text>;

const TONE = { fresh: "good", ageing: "warn", stale: "bad", none: "bad" } as const;

export const Completeness = ({ profile }: { profile: Profile }) => {
  const text = useText();
  const language = useLanguage();
  const { completeness, freshness } = profile;
  const n = (value: number) => formatCount(value, language);
  return (
    <Card title={text(T.completeness)} id="completeness">
      <Facts
        className="zp-facts"
        rows={[
          [
            text(T.score),
            <span key="score">
              <Ask of="completeness" what={text(T.score)}>
                {n(completeness.score)}
              </Ask>{" "}
              <span className="zw-mute">/ 100</span>
            </span>,
          ],
          [
            text(T.freshness),
            <span key="fresh">
              <Ask of="freshness" what={text(T.freshness)}>
                {formatDay(freshness.lastRecordOn)}
              </Ask>{" "}
              {freshness.days !== null && (
                <span className="zw-mute">
                  {n(freshness.days)} {text(freshness.days === 1 ? T.day : T.days)}
                </span>
              )}{" "}
              <Mark tone={TONE[freshness.level]}>{text(FRESHNESS[freshness.level])}</Mark>
            </span>,
          ],
          [
            text(T.months),
            <span key="months">
              <Ask of="completeness" what={text(T.months)} twin>
                {n(completeness.monthsCovered)}
              </Ask>{" "}
              <span className="zw-mute">
                {text(T.of)} {n(completeness.monthsSpan)}
              </span>
            </span>,
          ],
          [
            text(T.gaps),
            completeness.gaps.length === 0 ? (
              <span key="gaps">{text(T.noGaps)}</span>
            ) : (
              <ul key="gaps" className="zp-plain">
                {completeness.gaps.map((gap) => (
                  <li key={gap.from}>
                    {gap.from === gap.to ? gap.from : `${gap.from} – ${gap.to}`}{" "}
                    <span className="zw-mute">
                      {n(gap.months)} {text(gap.months === 1 ? T.monthUnit : T.monthsUnit)}
                    </span>
                  </li>
                ))}
              </ul>
            ),
          ],
        ]}
      />
      <Scroll label={text(T.source)}>
        <table className="zp-table">
          <caption className="zw-visually-hidden">{text(T.source)}</caption>
          <thead>
            <tr>
              <th scope="col">{text(T.source)}</th>
              <th scope="col" className="zw-num">
                {text(T.rows)}
              </th>
              <th scope="col">{text(T.from)}</th>
              <th scope="col">{text(T.to)}</th>
            </tr>
          </thead>
          <tbody>
            {completeness.sources.map((source) => (
              <tr key={source.kind}>
                <th scope="row">{text(SOURCES[source.kind])}</th>
                <td className="zw-num">
                  {source.present ? (
                    <Ask of={`source:${source.kind}`} what={text(SOURCES[source.kind])}>
                      {n(source.rows)}
                    </Ask>
                  ) : (
                    <Mark>{text(T.absent)}</Mark>
                  )}
                </td>
                <td className="zp-nowrap">{formatDay(source.firstOn)}</td>
                <td className="zp-nowrap">{formatDay(source.lastOn)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
};

export const Used = ({ profile }: { profile: Profile }) => {
  const text = useText();
  const language = useLanguage();
  const { used, peers } = profile;
  const kind = (name: string) => (name in SOURCES ? text(SOURCES[name as keyof typeof SOURCES]) : name);
  return (
    <Card title={text(T.used)} id="used">
      <Scroll label={text(T.used)}>
        <table className="zp-table">
          <caption className="zw-visually-hidden">{text(T.used)}</caption>
          <thead>
            <tr>
              <th scope="col">{text(T.file)}</th>
              <th scope="col">{text(T.kind)}</th>
              <th scope="col" className="zw-num">
                {text(T.ownRows)}
              </th>
              <th scope="col" className="zw-num">
                {text(T.allRows)}
              </th>
              <th scope="col">{text(T.fileHash)}</th>
              <th scope="col">{text(T.hash)}</th>
            </tr>
          </thead>
          <tbody>
            {used.batches.map((batch) => (
              <tr key={batch.id}>
                <th scope="row">{batch.fileName}</th>
                <td className="zp-nowrap">{kind(batch.kind)}</td>
                <td className="zw-num">
                  {batch.kind in SOURCES ? (
                    <Ask of={`source:${batch.kind}`} what={batch.fileName}>
                      {formatCount(batch.ownRows, language)}
                    </Ask>
                  ) : (
                    formatCount(batch.ownRows, language)
                  )}
                </td>
                <td className="zw-num">{formatCount(batch.rows, language)}</td>
                <td>
                  <Hash value={batch.fileSha256} name={`${text(T.fileHash)} ${batch.fileName}`} />
                </td>
                <td>
                  <Hash value={batch.sha256} name={`${text(T.hash)} ${batch.fileName}`} />
                </td>
              </tr>
            ))}
            {used.batches.length === 0 && (
              <tr>
                <td colSpan={6}>{text(T.noBatches)}</td>
              </tr>
            )}
          </tbody>
        </table>
      </Scroll>
      <Facts
        className="zp-facts"
        rows={[
          [text(T.method), String(used.method)],
          [text(T.catalogue), <Hash key="catalogue" value={used.catalogue} name={text(T.catalogue)} />],
          [text(T.peers), <Hash key="peers" value={peers.sha256} name={text(T.peers)} />],
          [text(T.trade), used.trade ? <Hash key="trade" value={used.trade} name={text(T.trade)} /> : NO_VALUE],
        ]}
      />
      <p className="zp-note">{text(T.why)}</p>
    </Card>
  );
};
